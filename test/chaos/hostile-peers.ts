import { fileURLToPath } from 'node:url'
import { JsonProcess } from '../interop/support/json-process.ts'
import type { AttackName } from '../withstand/attacks/attacks.ts'
import type { ForgeryTallies } from './forger.ts'
import type { HostileLine } from './hostile-process.ts'

const PROCESS = fileURLToPath(new URL('hostile-process.ts', import.meta.url))

export interface HostilePeersInit {
  points: readonly string[]
  /** Each at one of the points. */
  attacks: readonly AttackName[]
  /** Of honest peers; forgers try to get into them. */
  namespaces: readonly string[]
  /** After so long without an answer or an end a request is unanswered, in milliseconds. */
  answerMs: number
  /** They have ended by themselves. */
  onFailure: (error: Error) => void
}

/** What hostile peers have delivered. */
export interface Delivered {
  /** By attack and what it counts. */
  attacks: Record<string, Readonly<Record<string, number>>>
  /** By kind and how it ended, of all forgers. */
  forgeries: ForgeryTallies
}

/** Hostile peers in a process of their own, until they are stopped. */
export class HostilePeers {
  readonly #process: JsonProcess<HostileLine>
  #isStopped = false

  private constructor({ onFailure, ...init }: HostilePeersInit) {
    this.#process = new JsonProcess(process.execPath, [
      PROCESS,
      ...init.points.map((point) => `--point=${point}`),
      ...init.attacks.map((attack) => `--attack=${attack}`),
      ...init.namespaces.map((namespace) => `--namespace=${namespace}`),
      `--answer-ms=${init.answerMs}`
    ])
    void this.#process.ended.then(({ code, signal }) => {
      if (!this.#isStopped) {
        const how = signal ?? `exit code ${code}`

        onFailure(new Error(`the hostile peers ended by ${how}: ${this.#process.stderr}`))
      }
    })
  }

  /** Resolves once they have begun. */
  static async start(init: HostilePeersInit): Promise<HostilePeers> {
    const peers = new HostilePeers(init)

    await peers.#process.first((line): line is HostileLine => line.event === 'ready')

    return peers
  }

  get delivered(): Delivered {
    const latest = this.#process.lines.findLast((line) => line.event === 'delivered')

    return latest?.event === 'delivered'
      ? { attacks: latest.attacks, forgeries: merged(latest.forgeries) }
      : { attacks: {}, forgeries: {} }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#process.kill()
  }
}

function merged(tallies: readonly ForgeryTallies[]): ForgeryTallies {
  const sums: Record<string, Record<string, number>> = {}

  for (const [kind, outcomes] of tallies.flatMap((each) => Object.entries(each))) {
    const sum = sums[kind] ?? {}

    sums[kind] = sum

    for (const [outcome, count] of Object.entries(outcomes)) {
      sum[outcome] = (sum[outcome] ?? 0) + count
    }
  }

  return sums
}
