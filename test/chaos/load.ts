import { setTimeout as delay } from 'node:timers/promises'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { type PointClient, RefusedError } from '@rendezvous-cluster/client'
import { GRACE_MS, Namespace } from '@rendezvous-cluster/rendezvous'
import { createTestPeer, type TestPeer } from '../support/test-peer.ts'
import type { FaultWindows } from './fault-windows.ts'
import { PointLink } from './point-link.ts'
import { EnvelopeReader } from './read-envelope.ts'
import { type Finding, type Found, type Outcome, RegistrationModel } from './registration-model.ts'

/** Lifetime of every registration, and how often it is refreshed. */
const TTL_SECONDS = 6
const REFRESH_MS = 2000

/** How often each peer asks for a namespace. */
const DISCOVER_MS = 1000

/** Within this time a front node answers, by default. */
const REQUEST_DEADLINE_MS = 3000

/** So long after its deadline, an answer is late. */
export const ANSWER_MS = REQUEST_DEADLINE_MS + 1000

/** After so long a request is unanswered. It is waited for beyond the above, to tell lost from late. */
export const GIVE_UP_MS = 12_000

/** How often all points are asked, and after what pause, in milliseconds, before a request has failed. */
const ROUNDS_MAX = 5
const ROUND_MS = 1000

const PEERS = 40

/** Where the load registers. */
export const NAMESPACES: readonly string[] = Array.from(
  { length: 5 },
  (_, index) => `chaos-${index}`
)

/** What one request came to: at the last point that was asked. */
export interface Tally {
  atMs: number
  outcome: Outcome
  /** For people: what each point that was asked has done; those that were not connected are away. */
  detail: string
}

/** A request to one front node. */
export interface Try {
  node: number
  sentAtMs: number
  endedAtMs: number
}

export interface LoadFinding {
  atMs: number
  /** `forged`: an envelope that its signer does not stand for. */
  finding: Finding | 'forged'
  detail: string
}

export interface LoadInit {
  random: () => number
  /** Default: nothing is broken ever. */
  windows?: FaultWindows
  /** After so long an answer is late. Default {@link ANSWER_MS}. */
  answerMs?: number
}

type PointRequest = (point: PointClient, signal: AbortSignal) => Promise<unknown>

interface Asked {
  outcome: Outcome
  /** When points ended the request instead of answering it. */
  withoutAnswer: number[]
}

interface Client {
  peer: TestPeer
  /** One for each point. */
  links: PointLink[]
  /** Until when it does not register. */
  awayUntilMs: number
}

/**
 * Peers that register and refresh in some namespaces through any point, and ask for them through
 * any other, checked by a model that knows only what they were told. A request whose stream or
 * connection ends is sent again at another point.
 */
export class Load {
  readonly tallies: Tally[] = []
  /** Those whose stream or connection ended instead of an answer. */
  readonly closes: Try[] = []
  /** Those that took longer for either than they may. */
  readonly lates: Try[] = []
  readonly findings: LoadFinding[] = []
  /** Connections that ended although nobody stopped. */
  connectionsClosed = 0
  /** Registrations in answers, each of which was looked at. */
  registrationsChecked = 0
  readonly #model: RegistrationModel
  readonly #reader = new EnvelopeReader()
  readonly #random: () => number
  readonly #answerMs: number
  readonly #clients: Client[] = []
  readonly #running: Promise<unknown>[] = []
  #isStopped = false

  constructor({ random, windows, answerMs = ANSWER_MS }: LoadInit) {
    this.#random = random
    this.#answerMs = answerMs
    this.#model = new RegistrationModel({
      ttlMs: TTL_SECONDS * 1000,
      graceMs: GRACE_MS,
      deadlineMs: REQUEST_DEADLINE_MS,
      windows
    })
  }

  async start(points: Multiaddr[]): Promise<void> {
    for (let index = 0; index < PEERS; index++) {
      this.#clients.push(await this.#connect(points))
    }

    for (const client of this.#clients) {
      this.#running.push(this.#keepRegistering(client), this.#keepDiscovering(client))
    }
  }

  /**
   * Some peers leave without a word: their registrations have to end by themselves.
   *
   * @param forMs - after that they are back. Default: for ever
   */
  leave(count: number, forMs = Number.POSITIVE_INFINITY): void {
    const nowMs = performance.now()
    const staying = this.#clients.filter(({ awayUntilMs }) => awayUntilMs < nowMs)

    for (const client of staying.slice(0, count)) {
      client.awayUntilMs = nowMs + forMs
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
    await Promise.all(this.#clients.flatMap(({ links }) => links.map((link) => link.stop())))
    await Promise.all(this.#clients.map(({ peer }) => peer.stop()))
  }

  async #connect(points: Multiaddr[]): Promise<Client> {
    const peer = await createTestPeer()
    const onClose = (): void => {
      this.connectionsClosed += this.#isStopped ? 0 : 1
    }

    return {
      peer,
      awayUntilMs: 0,
      links: await Promise.all(points.map((point) => PointLink.open(peer.node, point, onClose)))
    }
  }

  async #keepRegistering(client: Client): Promise<void> {
    const namespaces = new Set([this.#anyNamespace(), this.#anyNamespace()])

    await delay(this.#random() * REFRESH_MS)

    while (!this.#isStopped && client.awayUntilMs !== Number.POSITIVE_INFINITY) {
      const isAway = client.awayUntilMs > performance.now()

      await Promise.all([
        ...[...namespaces].map((namespace) => isAway || this.#register(client, namespace)),
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

    const { outcome, withoutAnswer } = await this.#ask(
      (point, signal) =>
        point.register(
          { namespace: Namespace.fromText(namespace), signedPeerRecord, ttlSeconds: TTL_SECONDS },
          { signal }
        ),
      client
    )

    this.#model.end(attempt, outcome, performance.now(), { withoutAnswer })
  }

  async #discover(client: Client, namespace: string): Promise<void> {
    await this.#ask(async (point, signal) => {
      const sentAtMs = performance.now()
      const { registrations } = await point.readPage(
        { namespace: Namespace.fromText(namespace), limit: 1000 },
        { signal }
      )
      const endedAtMs = performance.now()
      const envelopes = registrations.map(({ signedPeerRecord }) => signedPeerRecord)
      const found = await this.#readAll(envelopes, sentAtMs)

      this.registrationsChecked += registrations.length

      for (const { finding, detail } of this.#model.check(namespace, found, sentAtMs, endedAtMs)) {
        this.findings.push({ atMs: sentAtMs, finding, detail })
      }
    }, client)
  }

  /** What is forged is told at once, and is nobody's registration. */
  async #readAll(envelopes: readonly Uint8Array[], atMs: number): Promise<Found[]> {
    const found: Found[] = []

    for (const envelope of envelopes) {
      const read = await this.#reader.read(envelope)

      if (read == null) {
        const detail = Buffer.from(envelope).toString('base64')

        this.findings.push({ atMs, finding: 'forged', detail })
      } else {
        found.push({ peer: read.peer, version: versionOf(read.addresses[0]) })
      }
    }

    return found
  }

  /**
   * Asks one point, and another each time there is an end instead of an answer. Where no point is left
   * all are asked again a moment later, as an application does: ways that were cut one shortly after
   * the other come back one after the other.
   */
  async #ask(request: PointRequest, { links }: Client): Promise<Asked> {
    const first = Math.floor(this.#random() * links.length)
    const asked: Asked = { outcome: 'closed', withoutAnswer: [] }
    const atMs = performance.now()
    const tries: string[] = []

    for (let turn = 0; turn < links.length * ROUNDS_MAX && asked.outcome === 'closed'; turn++) {
      if (turn > 0 && turn % links.length === 0) {
        await delay(ROUND_MS)
      }

      const node = (first + turn) % links.length
      const client = links[node]?.client

      if (client == null) {
        tries.push(`node ${node} away`)
        continue
      }

      const { outcome, reason, endedAtMs } = await this.#askNode(request, client, node)

      asked.outcome = outcome
      tries.push(`node ${node} ${reason}`)

      if (outcome === 'closed') {
        asked.withoutAnswer.push(endedAtMs)
      }
    }

    this.tallies.push({ atMs, outcome: asked.outcome, detail: tries.join(', ') })

    return asked
  }

  async #askNode(request: PointRequest, client: PointClient, node: number) {
    const sentAtMs = performance.now()
    const signal = AbortSignal.timeout(GIVE_UP_MS)
    const answer = await answerOf(request(client, signal), signal)
    const endedAtMs = performance.now()

    if (answer.outcome === 'closed') {
      this.closes.push({ node, sentAtMs, endedAtMs })
    }

    if (endedAtMs - sentAtMs > this.#answerMs) {
      this.lates.push({ node, sentAtMs, endedAtMs })
    }

    return { ...answer, endedAtMs }
  }

  #anyNamespace(): string {
    return NAMESPACES[Math.floor(this.#random() * NAMESPACES.length)] as string
  }
}

async function answerOf(
  answer: Promise<unknown>,
  signal: AbortSignal
): Promise<{ outcome: Outcome; reason: string }> {
  try {
    await answer

    return { outcome: 'ok', reason: 'OK' }
  } catch (error) {
    return { outcome: outcomeOf(error, signal), reason: (error as Error).message }
  }
}

function outcomeOf(error: unknown, signal: AbortSignal): Outcome {
  if (error instanceof RefusedError) {
    return error.status === 400 ? 'refused' : 'other'
  }

  // No answer: whatever failed, it was the stream or its connection.
  return signal.aborted ? 'unanswered' : 'closed'
}

/** -1 for an address that the load has not made. */
function versionOf(address: string | undefined): number {
  const [match, b, c, d] = /^\/ip4\/10\.(\d+)\.(\d+)\.(\d+)\//.exec(address ?? '') ?? []

  return match == null ? -1 : (Number(b) << 16) | (Number(c) << 8) | Number(d)
}

/** A front node's address as its ready file has it. */
export function toPoint(address: string): Multiaddr {
  return multiaddr(address)
}
