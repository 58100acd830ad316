import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Keeps all threads of a process on one core. @throws Error where there is no `taskset` */
export async function pinTo(core: number, pid: number): Promise<void> {
  await run('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)])
}
