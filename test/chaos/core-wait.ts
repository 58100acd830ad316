import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Try } from './load.ts'

const SAMPLE_MS = 250

interface Sample {
  fromMs: number
  toMs: number
  waitedMs: number
}

/**
 * How long processes were ready to run and had no core: on a busy machine an answer is late by that,
 * whoever makes it. Of Linux; elsewhere nothing has ever waited.
 */
export class CoreWait {
  readonly #pids: () => readonly number[]
  readonly #samples: Sample[][] = []
  #latest: { pid: number; waitedMs: number }[] = []
  #sampledAtMs = performance.now()
  readonly #stopped = new AbortController()

  /** @param pids - of the processes, each in its place; asked for each sample */
  constructor(pids: () => readonly number[]) {
    this.#pids = pids
  }

  start(): void {
    void this.#keepSampling()
  }

  stop(): void {
    this.#stopped.abort()
  }

  /** What the process in one place has waited in a stretch of time, in milliseconds; up to a sample more. */
  waitedMs(place: number, { fromMs, toMs }: { fromMs: number; toMs: number }): number {
    return (this.#samples[place] ?? [])
      .filter((sample) => sample.fromMs <= toMs && sample.toMs >= fromMs)
      .reduce((sum, { waitedMs }) => sum + waitedMs, 0)
  }

  /** By the front node of a request and by the load, in its own place, which may both be late. */
  waitedByBothMs({ node, sentAtMs, endedAtMs }: Try, loadPlace: number): number {
    const stretch = { fromMs: sentAtMs, toMs: endedAtMs }

    return this.waitedMs(node, stretch) + this.waitedMs(loadPlace, stretch)
  }

  /** One after the other, however slow the machine is: none counts what another has counted. */
  async #keepSampling(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await this.#sample()
      await delay(SAMPLE_MS)
    }
  }

  async #sample(): Promise<void> {
    const fromMs = this.#sampledAtMs
    const before = this.#latest

    this.#latest = await Promise.all(
      this.#pids().map(async (pid) => ({ pid, waitedMs: await readWaitedMs(pid) }))
    )

    const toMs = performance.now()

    this.#sampledAtMs = toMs

    for (const [place, { pid, waitedMs }] of this.#latest.entries()) {
      const earlier = before[place]

      if (earlier?.pid === pid) {
        const samples = this.#samples[place] ?? []

        this.#samples[place] = samples
        samples.push({ fromMs, toMs, waitedMs: Math.max(0, waitedMs - earlier.waitedMs) })
      }
    }
  }
}

/** Of the thread that has the event loop. 0 for a process that is gone. */
async function readWaitedMs(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => '')

  return Number(text.split(' ')[1] ?? 0) / 1e6
}
