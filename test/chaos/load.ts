import { setTimeout as delay } from 'node:timers/promises'
import type { Connection } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { NoAnswerError, PointClient, RefusedError } from '@rendezvous-cluster/client'
import { GRACE_MS, Namespace } from '@rendezvous-cluster/rendezvous'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { createTestPeer, type TestPeer } from '../support/test-peer.ts'
import { type Finding, type Outcome, RegistrationModel } from './registration-model.ts'

const { waku } = DIALECTS

/** Lifetime of every registration, and how often it is refreshed. */
const TTL_SECONDS = 6
const REFRESH_MS = 2000

/** How often each peer asks for a namespace. */
const DISCOVER_MS = 1000

/** A front node answers within its request deadline. So long after it, a request is unanswered. */
const ANSWER_MS = 3000 + 1000

const PEERS = 40
const NAMESPACES = 5

/** What one request came to. */
export interface Tally {
  atMs: number
  outcome: Outcome
}

interface Client {
  peer: TestPeer
  /** One for each point. */
  points: { client: PointClient; connection: Connection }[]
  /** Whether it goes on registering. */
  isStaying: boolean
}

/**
 * Peers that register and refresh in some namespaces through any point, and ask for them through
 * any other, checked by a model that knows only what they were told.
 */
export class Load {
  readonly tallies: Tally[] = []
  readonly findings: { atMs: number; finding: Finding }[] = []
  /** Connections that ended although nobody stopped. */
  connectionsClosed = 0
  readonly #model = new RegistrationModel({ ttlMs: TTL_SECONDS * 1000, graceMs: GRACE_MS })
  readonly #random: () => number
  readonly #clients: Client[] = []
  readonly #running: Promise<unknown>[] = []
  #isStopped = false

  constructor(random: () => number) {
    this.#random = random
  }

  async start(points: Multiaddr[]): Promise<void> {
    for (let index = 0; index < PEERS; index++) {
      this.#clients.push(await this.#connect(points))
    }

    for (const client of this.#clients) {
      this.#running.push(this.#keepRegistering(client), this.#keepDiscovering(client))
    }
  }

  /** Some peers leave without a word: their registrations have to end by themselves. */
  leave(count: number): void {
    for (const client of this.#clients.filter(({ isStaying }) => isStaying).slice(0, count)) {
      client.isStaying = false
    }
  }

  /** Waits until every peer that stays was acknowledged in all its namespaces, from now on. */
  async refreshed(): Promise<void> {
    await delay(REFRESH_MS * 2)
  }

  /** Waits until nothing has failed for a while, or the time is over. Returns whether it has not. */
  async recovered(withinMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + withinMs

    while (performance.now() < deadlineMs) {
      await delay(200)

      const sinceMs = performance.now() - 1500
      const recent = this.tallies.filter(({ atMs }) => atMs > sinceMs)

      if (recent.length > PEERS && recent.every(({ outcome }) => outcome === 'ok')) {
        return true
      }
    }

    return false
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#running)
    await Promise.all(this.#clients.map(({ peer }) => peer.stop()))
  }

  async #connect(points: Multiaddr[]): Promise<Client> {
    const peer = await createTestPeer()
    const connections = await Promise.all(points.map((point) => peer.node.dial(point)))

    for (const connection of connections) {
      connection.addEventListener('close', () => {
        this.connectionsClosed += this.#isStopped ? 0 : 1
      })
    }

    return {
      peer,
      isStaying: true,
      points: connections.map((connection) => ({
        connection,
        client: new PointClient({
          dialect: waku,
          openStream: (options) => connection.newStream(waku.protocol, options),
          // The model looks at what was stored; that it is signed is tested elsewhere.
          verifySignature: async () => true
        })
      }))
    }
  }

  async #keepRegistering(client: Client): Promise<void> {
    const namespaces = [this.#anyNamespace(), this.#anyNamespace()]

    await delay(this.#random() * REFRESH_MS)

    while (!this.#isStopped && client.isStaying) {
      await Promise.all([
        ...[...new Set(namespaces)].map((namespace) => this.#register(client, namespace)),
        delay(REFRESH_MS * (0.9 + this.#random() * 0.1))
      ])
    }
  }

  async #keepDiscovering(client: Client): Promise<void> {
    await delay(this.#random() * DISCOVER_MS)

    while (!this.#isStopped) {
      await Promise.all([this.#discover(client, this.#anyNamespace()), delay(DISCOVER_MS)])
    }
  }

  async #register(client: Client, namespace: string): Promise<void> {
    const peer = client.peer.node.peerId.toString()
    const attempt = this.#model.begin(namespace, peer, performance.now())
    // The version as an address: it is in the record, and comes back in every answer.
    const signedPeerRecord = await client.peer.seal([
      `/ip4/10.${(attempt.version >> 16) & 255}.${(attempt.version >> 8) & 255}.${attempt.version & 255}/tcp/1`
    ])

    attempt.sentAtMs = performance.now()

    const outcome = await this.#outcomeOf(
      (point, signal) =>
        point.register(
          { namespace: Namespace.fromText(namespace), signedPeerRecord, ttlSeconds: TTL_SECONDS },
          { signal }
        ),
      client
    )

    this.#model.end(attempt, outcome, performance.now())
  }

  async #discover(client: Client, namespace: string): Promise<void> {
    const sentAtMs = performance.now()

    await this.#outcomeOf(async (point, signal) => {
      const peers = await point.discover(
        { namespace: Namespace.fromText(namespace), limit: 1000 },
        { signal }
      )
      const found = new Map(
        peers.map(({ peerId, multiaddrs }) => [peerId.toString(), versionOf(multiaddrs[0])])
      )

      for (const finding of this.#model.check(namespace, found, sentAtMs, performance.now())) {
        this.findings.push({ atMs: sentAtMs, finding })
      }
    }, client)
  }

  async #outcomeOf(
    request: (point: PointClient, signal: AbortSignal) => Promise<unknown>,
    { points }: Client
  ): Promise<Outcome> {
    const { client } = points[
      Math.floor(this.#random() * points.length)
    ] as Client['points'][number]
    const signal = AbortSignal.timeout(ANSWER_MS)
    const atMs = performance.now()
    const outcome = await request(client, signal).then(
      (): Outcome => 'ok',
      (error: unknown): Outcome => {
        if (signal.aborted) {
          return 'unanswered'
        }

        if (error instanceof RefusedError) {
          return error.status === 400 ? 'refused' : 'other'
        }

        return error instanceof NoAnswerError ? 'closed' : 'other'
      }
    )

    this.tallies.push({ atMs, outcome })

    return outcome
  }

  #anyNamespace(): string {
    return `chaos-${Math.floor(this.#random() * NAMESPACES)}`
  }
}

function versionOf(address: Multiaddr | undefined): number {
  const [, b = 0, c = 0, d = 0] = /^\/ip4\/10\.(\d+)\.(\d+)\.(\d+)\//.exec(String(address)) ?? []

  return (Number(b) << 16) | (Number(c) << 8) | Number(d)
}

/** A front node's address as its ready file has it. */
export function toPoint(address: string): Multiaddr {
  return multiaddr(address)
}
