import { AssertionError } from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import type { Connection, PrivateKey } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { createTestPeer } from '../support/test-peer.ts'
import type { DiscoverAnswer, FoundRegistration, RegisterAnswer } from './answers.ts'
import { CaseStream, type StreamEnd } from './case-stream.ts'
import type { Protocol } from './protocols.ts'
import { type RecordOddities, sealRecord } from './records.ts'
import {
  type DiscoverFields,
  discoverFrame,
  type RegisterFields,
  registerFrame,
  type UnregisterFields,
  unregisterFrame
} from './requests.ts'

/** Between a write through one node and when all of its cluster show it, in milliseconds. */
const SEEN_EVERYWHERE_MS = 100

/** When anything was written last through a node of a cluster, in milliseconds of `performance.now`. */
export interface ClusterWrites {
  lastAtMs: number
}

export interface CasePeerInit {
  /** Default: a new Ed25519 key. */
  key?: PrivateKey
  /** What is written through other nodes of the cluster, too. Default: it is alone. */
  cluster?: ClusterWrites
  signal?: AbortSignal
}

/** A peer of its own key, on one connection to the point, speaking one protocol. */
export class CasePeer {
  readonly protocol: Protocol
  readonly key: PrivateKey
  /** The peer id as its multihash. */
  readonly id: Uint8Array
  readonly connection: Connection
  readonly #cluster: ClusterWrites | undefined
  readonly #stop: () => Promise<void>

  static async connect(
    point: Multiaddr,
    protocol: Protocol,
    { key, cluster, signal }: CasePeerInit = {}
  ): Promise<CasePeer> {
    const { node, privateKey, stop } = await createTestPeer(key)

    try {
      const connection = await node.dial(point, { signal })

      return new CasePeer(protocol, privateKey, { connection, cluster, stop })
    } catch (error) {
      await stop()

      throw error
    }
  }

  private constructor(
    protocol: Protocol,
    key: PrivateKey,
    {
      connection,
      cluster,
      stop
    }: Pick<CasePeerInit, 'cluster'> & { connection: Connection; stop: () => Promise<void> }
  ) {
    this.protocol = protocol
    this.key = key
    this.id = key.publicKey.toMultihash().bytes
    this.connection = connection
    this.#cluster = cluster
    this.#stop = stop
  }

  /** This peer's signed record. */
  record(oddities?: RecordOddities): Promise<Uint8Array> {
    return sealRecord(this.key, this.protocol, oddities)
  }

  /** For any requests, which may write. */
  open(): Promise<CaseStream> {
    return this.#open(() => {
      if (this.#cluster != null) {
        this.#cluster.lastAtMs = performance.now()
      }
    })
  }

  async #open(onSend?: () => void): Promise<CaseStream> {
    const stream = await this.connection.newStream(this.protocol.id)

    return new CaseStream(stream, this.protocol, onSend)
  }

  /** REGISTER on a stream of its own; with this peer's record unless another is given. */
  async register(fields: RegisterFields): Promise<RegisterAnswer> {
    return this.registerBytes(registerFrame({ record: await this.record(), ...fields }))
  }

  /** Any bytes that should be answered as a REGISTER, on a stream of their own. */
  async registerBytes(frame: Uint8Array): Promise<RegisterAnswer> {
    return once(await this.open(), frame, (stream) => stream.answer('register'))
  }

  /** REGISTER that has to be granted. Returns the lifetime. */
  async registered(fields: RegisterFields): Promise<number> {
    const { status, statusText, ttl } = await this.register(fields)

    if (status !== 0) {
      throw new AssertionError({ message: `REGISTER was refused: ${status} ${statusText}` })
    }

    return Number(ttl ?? fields.ttl ?? this.protocol.ttlSeconds.default)
  }

  /** DISCOVER on a stream of its own. */
  async discover(fields: DiscoverFields): Promise<DiscoverAnswer> {
    return this.discoverBytes(discoverFrame(this.protocol, fields))
  }

  /** Any bytes that should be answered as a DISCOVER, on a stream of their own. */
  async discoverBytes(frame: Uint8Array): Promise<DiscoverAnswer> {
    if (this.#cluster != null) {
      await delay(this.#cluster.lastAtMs + SEEN_EVERYWHERE_MS - performance.now())
    }

    return once(await this.#open(), frame, (stream) => stream.answer('discover'))
  }

  /** DISCOVER that has to be answered OK. */
  async found(fields: DiscoverFields): Promise<DiscoverAnswer> {
    const answer = await this.discover(fields)

    if (answer.status !== 0) {
      const { status, statusText } = answer

      throw new AssertionError({ message: `DISCOVER was refused: ${status} ${statusText}` })
    }

    return answer
  }

  /** What is registered in a namespace. */
  async registrations(namespace: Uint8Array): Promise<FoundRegistration[]> {
    return (await this.found({ namespace })).registrations
  }

  /** UNREGISTER, then waits until the point has closed the stream: it has read it then. */
  async unregister(fields: UnregisterFields): Promise<void> {
    const stream = await this.open()

    stream.send(unregisterFrame(fields))
    await stream.closeWrite()
    await stream.expectEnd('closed')
  }

  /** Sends bytes on a stream of their own and expects its end in place of an answer. */
  async expectEnd(end: StreamEnd, bytes: Uint8Array): Promise<void> {
    const stream = await this.open()

    stream.send(bytes)
    await stream.expectEnd(end)
  }

  async stop(): Promise<void> {
    await this.#stop()
  }
}

async function once<T>(
  stream: CaseStream,
  frame: Uint8Array,
  read: (stream: CaseStream) => Promise<T>
): Promise<T> {
  stream.send(frame)

  try {
    return await read(stream)
  } finally {
    // The answer is here, or there will be none: how the stream ends changes nothing.
    stream.closeWrite().catch(() => {})
  }
}
