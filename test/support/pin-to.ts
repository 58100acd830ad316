import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A thread can end between being listed and being pinned, and there are but few of those. */
const ATTEMPTS = 5

/** Keeps all threads of a process on one core. @throws Error where there is no `taskset` */
export async function pinTo(core: number, pid: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await run('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)])

      return
    } catch (error) {
      const hasEnded = (error as { stderr?: string }).stderr?.includes('No such process')

      if (!hasEnded || attempt === ATTEMPTS) {
        throw error
      }
    }
  }
}
