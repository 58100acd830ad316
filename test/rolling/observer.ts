import { setTimeout as delay } from 'node:timers/promises'
import { peerIdFromMultihash } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { PointClient } from '@rendezvous-cluster/client'
import { Namespace, verifyPeerRecord } from '@rendezvous-cluster/rendezvous'
import { DIALECTS } from '@rendezvous-cluster/wire'
import * as Digest from 'multiformats/hashes/digest'
import { createTestPeer, type TestPeer } from '../support/test-peer.ts'
import type { ClusterNode } from './cluster-under-test.ts'
import type { WholeAnswer } from './presence-checker.ts'

const { libp2p } = DIALECTS

/** How often the whole namespace is read, in milliseconds. */
const OBSERVE_MS = 100

/** Answers waited for at a time: a slow one does not keep the next from being asked for. */
const OBSERVING_MAX = 4

/** Far more than are registered here: a point that always has somebody new would be a bug. */
const PAGES_MAX = 20

/** Envelopes whose peers are remembered. */
const KNOWN_MAX = 20_000

export interface ObserverInit {
  namespace: string
  nodes: readonly ClusterNode[]
  /** For a whole answer, in milliseconds. */
  deadlineMs: number
  onAnswer: (answer: WholeAnswer) => void
  onFailure: (failure: { atMs: number; isUnanswered: boolean; reason: string }) => void
}

/** Reads a whole namespace again and again, each time at another node that is not being replaced. */
export class Observer {
  readonly #init: ObserverInit
  readonly #namespace: Namespace
  readonly #peer: TestPeer
  readonly #known = new Map<string, string>()
  readonly #stopped = new AbortController()
  #avoided?: number
  #turn = 0
  readonly #observing = new Set<Promise<void>>()
  #loop?: Promise<void>

  private constructor(init: ObserverInit, peer: TestPeer) {
    this.#init = init
    this.#namespace = Namespace.fromText(init.namespace)
    this.#peer = peer
  }

  static async start(init: ObserverInit): Promise<Observer> {
    const observer = new Observer(init, await createTestPeer())

    observer.#loop = observer.#observe()

    return observer
  }

  /** A node that is not asked from now on, because it is being replaced; `undefined` for none. */
  avoid(node: number | undefined): void {
    this.#avoided = node
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#loop
    await this.#peer.stop()
  }

  async #observe(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const observing = this.#observeOnce().finally(() => this.#observing.delete(observing))

      this.#observing.add(observing)
      await delay(OBSERVE_MS)

      if (this.#observing.size >= OBSERVING_MAX) {
        await Promise.race(this.#observing)
      }
    }

    await Promise.all(this.#observing)
  }

  async #observeOnce(): Promise<void> {
    const { onAnswer, onFailure, deadlineMs } = this.#init
    const node = this.#nextNode()
    const askedAtMs = Date.now()
    const deadline = AbortSignal.timeout(deadlineMs)

    try {
      const point = multiaddr(this.#init.nodes[node]?.point)
      const signal = AbortSignal.any([deadline, this.#stopped.signal])
      const peerIds = await this.#readAll(point, signal)

      onAnswer({ askedAtMs, answeredAtMs: Date.now(), peerIds })
    } catch (error) {
      // Asked just before it was to be replaced, it may be gone.
      if (!this.#stopped.signal.aborted && node !== this.#avoided) {
        const reason = (error as Error).message

        onFailure({ atMs: askedAtMs, isUnanswered: deadline.aborted, reason })
      }
    }
  }

  #nextNode(): number {
    const { length } = this.#init.nodes

    this.#turn = (this.#turn + 1) % length

    if (this.#turn === this.#avoided) {
      this.#turn = (this.#turn + 1) % length
    }

    return this.#turn
  }

  async #readAll(point: Multiaddr, signal: AbortSignal): Promise<Set<string>> {
    const connection = await this.#peer.node.dial(point, { signal })
    const client = new PointClient({
      dialect: libp2p,
      openStream: (options) => connection.newStream(libp2p.protocol, options)
    })
    const peerIds = new Set<string>()
    let cookie: Uint8Array | undefined

    for (let page = 0; page < PAGES_MAX; page++) {
      const read = await client.readPage({ namespace: this.#namespace, cookie }, { signal })
      const before = peerIds.size

      for (const { signedPeerRecord } of read.registrations) {
        peerIds.add(await this.#peerOf(signedPeerRecord))
      }

      // Somebody always refreshes and comes again: a page may never be empty.
      if (peerIds.size === before) {
        return peerIds
      }

      cookie = read.cookie
    }

    throw new Error(`more than ${PAGES_MAX} pages`)
  }

  /** Each envelope is verified once. */
  async #peerOf(envelope: Uint8Array): Promise<string> {
    const key = Buffer.from(envelope).toString('latin1')
    const known = this.#known.get(key)

    if (known != null) {
      return known
    }

    const record = await verifyPeerRecord(envelope, 'peer-record')
    const peerId = peerIdFromMultihash(Digest.decode(record.peerId)).toString()

    if (this.#known.size >= KNOWN_MAX) {
      this.#known.clear()
    }

    this.#known.set(key, peerId)

    return peerId
  }
}
