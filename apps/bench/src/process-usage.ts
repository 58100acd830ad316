import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Of `utime` and `stime` in `/proc/<pid>/stat`, counted from the one behind the name. */
const CPU_FIELDS = [11, 12]

let ticksPerSecond: number | undefined

/** Seconds that all threads of a process have computed, those that have ended included. Of Linux. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name of the program may hold spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = CPU_FIELDS.reduce((sum, index) => sum + Number(fields[index]), 0)

  ticksPerSecond ??= Number((await run('getconf', ['CLK_TCK'])).stdout)

  return ticks / ticksPerSecond
}

/**
 * As {@link cpuSeconds}, to the nanosecond instead of to a hundredth of a second, but without threads that
 * have ended.
 */
export async function cpuSecondsOfThreads(pid: number): Promise<number> {
  const folder = `/proc/${pid}/task`
  const threads = await Promise.all(
    (await readdir(folder)).map((thread) => readFile(`${folder}/${thread}/schedstat`, 'utf8'))
  )

  return threads.reduce((sum, line) => sum + Number(line.split(' ')[0]), 0) / 1e9
}
