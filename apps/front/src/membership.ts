import { createHash, randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { AbortOptions, PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { sealPeerRecord } from '@rendezvous-cluster/client'
import {
  type ClusterDirectory,
  type ClusterNode,
  type ClusterRegistration,
  type ListedNode,
  NODE_EXPIRY_MS,
  NODE_REFRESH_MS,
  type NodeFigures
} from '@rendezvous-cluster/rendezvous'
import { repeat, type StopRepeating } from './repeat.ts'

/** How often a start looks whether its peer id became free, in milliseconds. */
const CLAIM_INTERVAL_MS = 500

/** The code of `/p2p` in a multiaddr: a peer record says it once, and not in each address. */
const P2P_CODE = 421

/** What `NODE_PLACE_MAX` takes. */
const PLACE_BYTES = 6

/** Another live node has this node's peer id. */
export class DuplicateNodeError extends Error {
  override name = 'DuplicateNodeError'

  constructor({ peerId, host, instance, multiaddrs }: ClusterNode) {
    const where = multiaddrs.length === 0 ? '' : `, at ${multiaddrs.join(', ')}`

    super(
      `another live node has the peer id ${peerId}: instance ${instance} on ${host}${where}; ` +
        'give each node a key of its own (--key-file, or --ordinal)'
    )
  }
}

export interface MembershipInit {
  directory: ClusterDirectory
  privateKey: PrivateKey
  version: string
  /** What this node tells of itself with each announcement. */
  figures: () => Promise<NodeFigures>
  /** Told of the nodes each time they were read. */
  onNodes: (nodes: readonly ListedNode[]) => void
  /** Told when a start has to wait for its peer id. */
  onWait: (holder: ClusterNode) => void
  /** Told when another live node has had this one's peer id for longer than an expiry. */
  onDuplicate: (error: DuplicateNodeError) => void
  /** Told of announcements that failed. */
  onError: (error: unknown) => void
}

/** This node's place in the list of its cluster, and the list as it was read last. */
export class Membership {
  readonly #init: MembershipInit
  #self: ClusterNode
  #nodes: readonly ListedNode[] = []
  #listedAtMs = 0
  /** Of each peer id: a hash for each DISCOVER would be one for each node. */
  #places: ReadonlyMap<string, number> = new Map()
  #heldByAnotherSinceMs?: number
  #stop?: StopRepeating

  constructor(init: MembershipInit) {
    this.#init = init
    this.#self = {
      peerId: peerIdFromPrivateKey(init.privateKey).toString(),
      instance: randomUUID(),
      host: hostname(),
      record: new Uint8Array(),
      multiaddrs: [],
      version: init.version,
      isDraining: false,
      startedAtMs: Date.now()
    }
  }

  /** Tells this start of the node from others. */
  get instance(): string {
    return this.#self.instance
  }

  /** All nodes of the cluster, this one among them, by peer id. */
  get nodes(): readonly ListedNode[] {
    const passedMs = performance.now() - this.#listedAtMs

    return this.#nodes.map((node) => ({ ...node, heardMsAgo: node.heardMsAgo + passedMs }))
  }

  /** The nodes that can be reached and stay, as DISCOVER returns registrations, in random order. */
  get registrations(): ClusterRegistration[] {
    return this.#nodes
      .filter(({ multiaddrs, isDraining }) => multiaddrs.length > 0 && !isDraining)
      .filter(({ instance }) => instance !== this.#self.instance || !this.#self.isDraining)
      .map(({ peerId, record }) => ({ peerId, record, order: Math.random() }))
      .sort((one, other) => one.order - other.order)
      .map(({ peerId, record }) => ({
        record,
        ttlSeconds: NODE_EXPIRY_MS / 1000,
        sequence: this.#places.get(peerId) as number
      }))
  }

  /**
   * Takes this node's peer id before anything listens. A node that was killed holds its own for up
   * to {@link NODE_EXPIRY_MS}, so that long is waited. When the store can't tell, the node starts.
   *
   * @throws DuplicateNodeError, or the signal's reason
   */
  async claim({ signal }: AbortOptions = {}): Promise<void> {
    const deadlineMs = performance.now() + NODE_EXPIRY_MS + CLAIM_INTERVAL_MS
    let isWaiting = false

    for (;;) {
      const holder = await this.#announce(signal).catch((error: unknown) => {
        signal?.throwIfAborted()
        this.#init.onError(error)
      })

      if (holder == null) {
        return
      }

      if (performance.now() > deadlineMs) {
        throw new DuplicateNodeError(holder)
      }

      if (!isWaiting) {
        isWaiting = true
        this.#init.onWait(holder)
      }

      await delay(CLAIM_INTERVAL_MS, undefined, { signal }).catch(() => signal?.throwIfAborted())
    }
  }

  /** Announces the addresses from now on, until {@link leave}. */
  async join(multiaddrs: string[]): Promise<void> {
    const record = await sealPeerRecord(
      this.#init.privateKey,
      multiaddrs.map((address) => multiaddr(address).decapsulateCode(P2P_CODE))
    )

    this.#self = { ...this.#self, multiaddrs, record }

    await new Promise<void>((resolve) => {
      this.#stop = repeat(
        async (signal) => {
          try {
            await this.#beat(signal)
          } finally {
            resolve()
          }
        },
        () => NODE_REFRESH_MS,
        this.#init.onError
      )
    })
  }

  /** Tells the others that this node is about to stop. */
  async drain(): Promise<void> {
    this.#self = { ...this.#self, isDraining: true }
    await this.#announce().catch(this.#init.onError)
  }

  async leave(): Promise<void> {
    this.#stop?.()

    await this.#init.directory
      .withdraw(this.#self, { signal: AbortSignal.timeout(1000) })
      .catch(this.#init.onError)
  }

  async #beat(signal: AbortSignal): Promise<void> {
    const figures = await this.#init.figures()

    // What is told of this node may have changed meanwhile.
    this.#self = { ...this.#self, figures }

    const holder = await this.#announce(signal)

    this.#nodes = await this.#init.directory.list({ signal })
    this.#listedAtMs = performance.now()
    this.#places = new Map(this.#nodes.map(({ peerId }) => [peerId, placeOf(peerId)]))
    this.#init.onNodes(this.#nodes)

    if (holder == null) {
      this.#heldByAnotherSinceMs = undefined
    } else {
      this.#heldByAnotherSinceMs ??= performance.now()

      if (performance.now() - this.#heldByAnotherSinceMs > NODE_EXPIRY_MS) {
        this.#init.onDuplicate(new DuplicateNodeError(holder))
      }
    }
  }

  #announce(signal?: AbortSignal): Promise<ClusterNode | undefined> {
    return this.#init.directory.announce(this.#self, { signal })
  }
}

/** Two of a cluster's nodes with one place are as likely as two equal hashes of 48 bits. */
function placeOf(peerId: string): number {
  const digest = createHash('sha256').update(peerId).digest()

  return Math.max(1, digest.readUIntBE(0, PLACE_BYTES))
}
