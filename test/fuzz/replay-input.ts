import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runWorker } from './run-worker.ts'

export interface ReplayInputInit {
  targetsModule: string
  target: string
  input: Uint8Array
  /** Longest time without a word, in milliseconds. Default 10 s. */
  silentMs?: number
}

export const SILENT_MS = 10_000

/** What is wrong with an input that does not end. */
export const DOES_NOT_END = 'hang: does not end'

/** Executes one input in a process of its own. @returns what is wrong with that, if anything is */
export async function replayInput(
  { silentMs = SILENT_MS, ...replayed }: ReplayInputInit,
  options: { signal?: AbortSignal } = {}
): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'fuzz-'))
  const found: string[] = []

  try {
    const end = await runWorker(
      { task: 'replay', ...replayed, inFlightFile: join(directory, 'in-flight') },
      {
        ...options,
        silentMs,
        onMessage: (message) => {
          if (message.type === 'finding') {
            found.push(`${message.finding.kind}: ${message.finding.message}`)
          }
        }
      }
    )

    switch (end.how) {
      case 'done':
        return found[0]
      case 'hung':
        return DOES_NOT_END
      case 'died':
        return `crash: ${end.message}`
      default:
        return end satisfies never
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
