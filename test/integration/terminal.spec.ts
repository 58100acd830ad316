import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { CLI_MAIN } from '../support/cli.ts'

/** util-linux's `script` runs a command at a terminal of its own; elsewhere its flags differ. */
const hasScript = spawnSync('script', ['--version']).stdout?.includes('util-linux') === true

it.skipIf(!hasScript)('a node whose terminal is gone stops in order', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rendezvous-terminal-'))
  const readyFile = join(folder, 'ready.json')
  const pidFile = join(folder, 'pid')
  const serve = [process.execPath, CLI_MAIN, 'serve', '--ready-file', readyFile].concat(
    ['--listen', '/ip4/127.0.0.1/tcp/0'],
    ['--sidecar', '127.0.0.1:0']
  )
  const command = `echo $$ > ${pidFile}; exec ${serve.join(' ')}`
  const terminal = spawn('script', ['--quiet', '--command', command, '/dev/null'])

  try {
    await expect.poll(() => existsSync(readyFile)).toBe(true)

    terminal.kill('SIGKILL')

    // Whatever ends otherwise leaves it behind.
    await expect.poll(() => existsSync(readyFile)).toBe(false)
  } finally {
    terminal.kill('SIGKILL')

    if (existsSync(readyFile)) {
      process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL')
    }

    rmSync(folder, { recursive: true })
  }
})
