import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { FrontProcess } from '../interop/support/front-process.ts'

const run = promisify(execFile)

const SAMPLE_MS = 250
const MIB = 1024 * 1024

/** A sample of `rendezvous_rejected_total`. */
const REJECTED = /^rendezvous_rejected_total\{reason="([^"]+)"\} (\d+)$/gm

export interface Usage {
  /** Cores used, on average. */
  cpu: number
  /** Most resident memory, in MiB. */
  mibMax: number
  /** What was refused, by reason. */
  rejected: Record<string, number>
}

/** What a node takes between a start and a stop. Of Linux. */
export class NodeUsage {
  readonly #node: FrontProcess
  #ticker?: ReturnType<typeof setInterval>
  #mibMax = 0
  #atStart = { atMs: 0, cpuSeconds: 0, rejected: {} as Record<string, number> }

  constructor(node: FrontProcess) {
    this.#node = node
  }

  async start(): Promise<void> {
    this.#atStart = await this.#read()
    this.#ticker = setInterval(() => void this.#sampleMemory(), SAMPLE_MS)
  }

  async stop(): Promise<Usage> {
    clearInterval(this.#ticker)
    await this.#sampleMemory()

    const before = this.#atStart
    const now = await this.#read()
    const rejected = Object.entries(now.rejected)
      .map(([reason, count]) => [reason, count - (before.rejected[reason] ?? 0)] as const)
      .filter(([, count]) => count > 0)

    return {
      cpu: ((now.cpuSeconds - before.cpuSeconds) * 1000) / (now.atMs - before.atMs),
      mibMax: this.#mibMax,
      rejected: Object.fromEntries(rejected)
    }
  }

  async #read() {
    const [cpuSeconds, rejected] = await Promise.all([this.#cpuSeconds(), this.#rejected()])

    return { atMs: performance.now(), cpuSeconds, rejected }
  }

  async #cpuSeconds(): Promise<number> {
    const stat = await readFile(`/proc/${this.#node.pid}/stat`, 'utf8')
    // The name of the program, in parentheses, may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const { stdout } = await run('getconf', ['CLK_TCK'])

    return (Number(fields[11]) + Number(fields[12])) / Number(stdout)
  }

  async #rejected(): Promise<Record<string, number>> {
    const metrics = await (await fetch(`${this.#node.sidecar}/metrics`)).text()

    return Object.fromEntries(
      [...metrics.matchAll(REJECTED)].map(([, reason, count]) => [reason as string, Number(count)])
    )
  }

  async #sampleMemory(): Promise<void> {
    const status = await readFile(`/proc/${this.#node.pid}/status`, 'utf8').catch(() => '')
    const kib = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0)

    this.#mibMax = Math.max(this.#mibMax, (kib * 1024) / MIB)
  }
}
