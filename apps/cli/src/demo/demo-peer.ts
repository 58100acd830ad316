import { setTimeout as delay } from 'node:timers/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { AbortOptions, Connection, Libp2p } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { PointClient, sealPeerRecord } from '@rendezvous-cluster/client'
import {
  DISCOVER_LIMIT_MAX,
  Namespace,
  type SignatureVerifier
} from '@rendezvous-cluster/rendezvous'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { createPeerNode } from '../peer-node.ts'
import type { DemoChecker } from './demo-checker.ts'
import type { DemoNode } from './demo-cluster.ts'
import type { DemoTraffic } from './demo-traffic.ts'

/** For a connection or one request, in milliseconds. */
const REQUEST_MS = 5000

/** Longest time before the next attempt after a failure, in milliseconds: all did fail at once. */
const RETRY_MS_MAX = 400

/** What peers of a demo say they are reached at; nobody calls them. */
const ADDRESS = multiaddr('/ip4/192.0.2.1/tcp/4001')

/** What all peers of a demo share. */
export interface DemoPeerComponents {
  nodes: readonly DemoNode[]
  checker: DemoChecker
  traffic: DemoTraffic
  verifySignature: SignatureVerifier
  /** A steady clock in milliseconds. */
  now: () => number
  /** Uniform in [0, 1). */
  random: () => number
}

export interface DemoPeerInit {
  namespace: string
  ttlSeconds: number
  discoverEveryMs: number
}

/** How a peer goes: it vanishes, or it closes its connection. Both leave the registration behind. */
export type Farewell = 'silent' | 'polite'

/** A libp2p node with a key of its own that registers at one front node and finds others there. */
export class DemoPeer {
  readonly #init: DemoPeerInit
  readonly #components: DemoPeerComponents
  readonly #node: Libp2p
  readonly #record: Uint8Array
  readonly #client: PointClient
  readonly #leaving = new AbortController()
  readonly #registered = Promise.withResolvers<void>()
  readonly #running: Promise<void>
  #point?: DemoNode
  #connection?: Connection

  private constructor(
    node: Libp2p,
    record: Uint8Array,
    { init, components }: { init: DemoPeerInit; components: DemoPeerComponents }
  ) {
    this.#init = init
    this.#components = components
    this.#node = node
    this.#record = record
    this.#client = new PointClient({
      dialect: DIALECTS.waku,
      openStream: (options) =>
        (this.#connection as Connection).newStream(DIALECTS.waku.protocol, options),
      verifySignature: components.verifySignature
    })
    this.#running = this.#run()
  }

  /** Starts a peer; it connects, registers, refreshes and looks for others until it leaves. */
  static async join(init: DemoPeerInit, components: DemoPeerComponents): Promise<DemoPeer> {
    const privateKey = await generateKeyPair('Ed25519')
    const [node, record] = await Promise.all([
      createPeerNode({ privateKey }),
      sealPeerRecord(privateKey, [ADDRESS])
    ])

    return new DemoPeer(node, record, { init, components })
  }

  /** Resolves with the first acknowledgement, or when the peer leaves without one. */
  get registered(): Promise<void> {
    return this.#registered.promise
  }

  async leave(how: Farewell): Promise<void> {
    const reason = new Error('the peer leaves')

    this.#leaving.abort(reason)

    if (how === 'silent') {
      this.#connection?.abort(reason)
    }

    await this.#running
    this.#components.checker.left(this.#node.peerId.toString())
    await this.#node.stop()
  }

  async #run(): Promise<void> {
    const { now, random, traffic } = this.#components
    const { ttlSeconds, discoverEveryMs } = this.#init
    const { signal } = this.#leaving
    let registerAtMs = now()
    let discoverAtMs = now() + random() * discoverEveryMs

    while (!signal.aborted) {
      try {
        await this.#connect()

        if (now() >= registerAtMs) {
          await this.#register()
          registerAtMs = now() + ttlSeconds * 500
        } else if (now() >= discoverAtMs) {
          await this.#discover()
          discoverAtMs = now() + discoverEveryMs
        } else {
          await this.#idle(Math.min(registerAtMs, discoverAtMs) - now())
        }
      } catch (error) {
        if (!signal.aborted) {
          traffic.fail(error)
          await delay(random() * RETRY_MS_MAX, undefined, { signal }).catch(() => {})
        }
      }
    }

    this.#registered.resolve()
  }

  /** Any node will do but the one that was lost: a peer knows the addresses of all. */
  async #connect(): Promise<void> {
    if (this.#connection?.status === 'open') {
      return
    }

    const { nodes, random, traffic } = this.#components
    const before = this.#point
    const candidates = nodes.filter((node) => node !== before)
    const point = candidates[Math.floor(random() * candidates.length)] as DemoNode

    this.#point = point

    const connection = await this.#node.dial(point.point, this.#deadline())
    const there = traffic.at(point.name)

    there.connections++
    connection.addEventListener('close', () => there.connections--, { once: true })

    if (this.#connection != null) {
      traffic.moved++
    }

    this.#connection = connection
  }

  async #register(): Promise<void> {
    const { checker, now, traffic } = this.#components
    const { namespace, ttlSeconds } = this.#init
    const { name: node } = this.#point as DemoNode
    const peerId = this.#node.peerId.toString()
    const sent = { peerId, namespace, node, ttlSeconds, sentAtMs: now() }
    const registration = {
      namespace: Namespace.fromText(namespace),
      signedPeerRecord: this.#record,
      ttlSeconds
    }

    try {
      await this.#client.register(registration, this.#deadline())
    } catch (error) {
      checker.unanswered(sent)

      throw error
    }

    checker.acknowledged(sent)
    traffic.at(node).registers++
    this.#registered.resolve()
  }

  async #discover(): Promise<void> {
    const { checker, now, traffic } = this.#components
    const { namespace } = this.#init
    const { name: node } = this.#point as DemoNode
    const askedAtMs = now()
    const peers = await this.#client.discover(
      { namespace: Namespace.fromText(namespace), limit: DISCOVER_LIMIT_MAX },
      this.#deadline()
    )

    traffic.at(node).discovers++
    checker.check({
      namespace,
      node,
      askedAtMs,
      peerIds: peers.map(({ peerId }) => peerId.toString())
    })
  }

  /** Waits, unless the connection ends first: then there is something to do at once. */
  async #idle(ms: number): Promise<void> {
    const woken = new AbortController()
    const wake = (): void => woken.abort()
    const signal = AbortSignal.any([this.#leaving.signal, woken.signal])

    this.#connection?.addEventListener('close', wake, { once: true })
    await delay(Math.max(0, ms), undefined, { signal }).catch(() => {})
    this.#connection?.removeEventListener('close', wake)
  }

  #deadline(): AbortOptions {
    const timeout = AbortSignal.timeout(REQUEST_MS)

    return { signal: AbortSignal.any([this.#leaving.signal, timeout]) }
  }
}
