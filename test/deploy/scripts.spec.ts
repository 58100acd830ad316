import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { describeWithProgram } from './support/describe-with-program.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))

describeWithProgram('shellcheck', 'the scripts of deploy', (shellcheck) => {
  it.each(globSync('deploy/**/*.sh', { cwd: root }))('%s has no problem', async (script) => {
    const problems = run(shellcheck, ['--format=gcc', script], { cwd: root }).catch(
      ({ stdout, message }) => ({ stdout: stdout || message })
    )

    expect((await problems).stdout).toBe('')
  })
})
