import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A thread can end between being listed and being pinned, and there are but few of those. */
const ATTEMPTS = 5

/** Keeps all threads of a process on one core. @throws Error where there is no `taskset` */
export async function pinTo(core: number, pid: number): Promise<void> {
  const pin = () =>
    run('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)])

  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    try {
      await pin()

      return
    } catch (error) {
      if (!(error as { stderr?: string }).stderr?.includes('No such process')) {
        throw error
      }
    }
  }

  await pin()
}
