import { readFile } from 'node:fs/promises'

export interface ProcessMemory {
  residentBytes: number
  /** The most that it ever was. */
  peakBytes: number
}

/** Of Linux. @throws Error if there is no such process */
export async function readProcessMemory(pid: number): Promise<ProcessMemory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const bytesOf = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024

  return { residentBytes: bytesOf('VmRSS'), peakBytes: bytesOf('VmHWM') }
}
