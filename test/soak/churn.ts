import { setTimeout as delay } from 'node:timers/promises'
import type { Connection } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { PointClient, RefusedError } from '@rendezvous-cluster/client'
import { Namespace } from '@rendezvous-cluster/rendezvous'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { createTestPeer, type TestPeer } from '../support/test-peer.ts'

const { libp2p } = DIALECTS

/** Peers at a time. */
const PEERS = 15

/** How long one stays before it leaves and another comes, in milliseconds. */
const STAY_MS = { min: 8000, max: 20_000 }

/** Between two requests of one, in milliseconds. */
const PAUSE_MS = 1500

/** Of registrations: those that nobody ends are gone soon after their peer. */
const TTL_SECONDS = 20

const NAMESPACES = 4

/** Requests before a peer connects anew, perhaps to another point. */
const REQUESTS_PER_CONNECTION = 4

/** How a peer leaves. */
const LEAVES = ['UNREGISTER', 'without a word', 'connection cut'] as const

export interface ChurnInit {
  points: readonly Multiaddr[]
  random: () => number
  /** After so long without an answer or an end a request is unanswered, in milliseconds. */
  answerMs: number
}

/** Peers that come, register, look around, connect anew, and leave in one way or another. */
export class Churn {
  /** How often what happened: `joined`, `left by …`, `connected anew`, `answered`, `refused`. */
  readonly counts: Record<string, number> = {}
  /** What must not happen, for people. */
  readonly problems: string[] = []
  readonly #init: ChurnInit
  readonly #running: Promise<unknown>[] = []
  readonly #stopped = new AbortController()

  constructor(init: ChurnInit) {
    this.#init = init
  }

  start(): void {
    for (let index = 0; index < PEERS; index++) {
      this.#running.push(this.#comeAndLeave())
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await Promise.all(this.#running)
  }

  async #comeAndLeave(): Promise<void> {
    const { random } = this.#init

    while (!this.#stopped.signal.aborted) {
      const peer = await createTestPeer()
      const untilMs = performance.now() + STAY_MS.min + random() * (STAY_MS.max - STAY_MS.min)

      this.#count('joined')

      try {
        await this.#stay(peer, untilMs)
      } catch (error) {
        // No node is ended in a soak, so that nothing ends a connection but its own peer.
        this.problems.push(`a peer could not stay: ${(error as Error).message}`)
      } finally {
        await peer.stop()
      }
    }
  }

  async #stay(peer: TestPeer, untilMs: number): Promise<void> {
    const registration = {
      namespace: this.#anyNamespace(),
      signedPeerRecord: await peer.seal(),
      ttlSeconds: TTL_SECONDS
    }
    let connection = await this.#connect(peer)

    for (let turn = 1; performance.now() < untilMs && !this.#stopped.signal.aborted; turn++) {
      const client = clientOf(connection)

      await this.#ask((signal) => client.register(registration, { signal }))
      await this.#ask((signal) =>
        client.discoverPage({ namespace: this.#anyNamespace(), limit: 20 }, { signal })
      )
      await delay(PAUSE_MS)

      if (turn % REQUESTS_PER_CONNECTION === 0) {
        await connection.close()
        connection = await this.#connect(peer)
        this.#count('connected anew')
      }
    }

    await this.#leave(connection, registration.namespace)
  }

  async #connect({ node }: TestPeer): Promise<Connection> {
    return named('connect', node.dial(this.#anyPoint()))
  }

  async #leave(connection: Connection, namespace: Namespace): Promise<void> {
    const how = this.#any(LEAVES)

    if (how === 'UNREGISTER') {
      const signal = AbortSignal.timeout(this.#init.answerMs)

      await named('UNREGISTER', clientOf(connection).unregister({ namespace }, { signal }))
    } else if (how === 'connection cut') {
      connection.abort(new Error('cut'))
    }

    this.#count(`left: ${how}`)
  }

  async #ask(request: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    const signal = AbortSignal.timeout(this.#init.answerMs)

    try {
      await request(signal)
      this.#count('answered')
    } catch (error) {
      if (!(error instanceof RefusedError && error.status === 400)) {
        throw signal.aborted ? new Error('unanswered') : error
      }

      this.#count('refused')
    }
  }

  #anyPoint(): Multiaddr {
    return this.#any(this.#init.points)
  }

  #anyNamespace(): Namespace {
    return Namespace.fromText(`churn-${Math.floor(this.#init.random() * NAMESPACES)}`)
  }

  #any<T>(values: readonly T[]): T {
    return values[Math.floor(this.#init.random() * values.length)] as T
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1
  }
}

/** What failed, along with how. */
async function named<T>(what: string, promise: Promise<T>): Promise<T> {
  try {
    return await promise
  } catch (cause) {
    throw new Error(`${what}: ${(cause as Error).message}`, { cause })
  }
}

function clientOf(connection: Connection): PointClient {
  return new PointClient({
    dialect: libp2p,
    openStream: (options) => connection.newStream(libp2p.protocol, options)
  })
}
