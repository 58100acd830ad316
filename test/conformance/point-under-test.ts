import { randomBytes } from 'node:crypto'
import type { PrivateKey } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { CasePeer, type ClusterWrites } from './case-peer.ts'
import { text } from './protobuf.ts'
import { ALL, PROTOCOLS, type Protocol, type ProtocolName } from './protocols.ts'

const DIAL_TIMEOUT_MS = 10_000

/** Lifetimes in seconds that servers have as their least: ours, none, a Waku node's, the spec's. */
const SHORTEST_TTLS = [1, 2, 60, 7200]

/** A server that cases are run against, or several that share a registry, and what is known. */
export class PointUnderTest {
  /** The protocols it accepts streams of. */
  readonly spoken: readonly ProtocolName[]
  /** Random, so that nothing of an earlier run is met. */
  readonly #run = randomBytes(6).toString('hex')
  readonly #shortestTtls = new Map<ProtocolName, Promise<number>>()
  readonly #addresses: readonly [Multiaddr, ...Multiaddr[]]
  readonly #cluster?: ClusterWrites
  #namespaces = 0
  #peers = 0

  /**
   * Finds out what a point speaks.
   *
   * @param others - front nodes of the same cluster, which is then asked at each of them in turn
   * @throws Error when it can't be reached
   */
  static async reach(
    address: Multiaddr,
    others: readonly Multiaddr[] = []
  ): Promise<PointUnderTest> {
    const signal = AbortSignal.timeout(DIAL_TIMEOUT_MS)
    const spoken: ProtocolName[] = []

    for (const name of ALL) {
      const peer = await CasePeer.connect(address, PROTOCOLS[name], { signal })

      try {
        ;(await peer.open()).reset()
        spoken.push(name)
      } catch {
        // Not spoken: that is the answer.
      } finally {
        await peer.stop()
      }
    }

    return new PointUnderTest([address, ...others], spoken)
  }

  private constructor(
    addresses: readonly [Multiaddr, ...Multiaddr[]],
    spoken: readonly ProtocolName[]
  ) {
    this.#addresses = addresses
    this.#cluster = addresses.length > 1 ? { lastAtMs: 0 } : undefined
    this.spoken = spoken
  }

  /** Connects a peer: each one elsewhere. */
  connect(protocol: Protocol, key?: PrivateKey): Promise<CasePeer> {
    const address = this.#addresses[this.#peers++ % this.#addresses.length] as Multiaddr

    return CasePeer.connect(address, protocol, { key, cluster: this.#cluster })
  }

  /** A namespace that nobody uses, in as many bytes as wanted. */
  namespace(bytes?: number): Uint8Array {
    const name = `conformance/${this.#run}/${this.#namespaces++}`

    return text(bytes == null ? name : name.padEnd(bytes, '.'))
  }

  /** Whether a namespace is one of this run. */
  isOwn(namespace: Uint8Array | undefined): boolean {
    return new TextDecoder().decode(namespace).startsWith(`conformance/${this.#run}/`)
  }

  /** The shortest lifetime that it grants, in seconds; infinite when it grants none of the usual. */
  shortestTtl(protocol: ProtocolName): Promise<number> {
    const known = this.#shortestTtls.get(protocol)

    if (known != null) {
      return known
    }

    const asked = this.#askShortestTtl(protocol)

    this.#shortestTtls.set(protocol, asked)

    return asked
  }

  async #askShortestTtl(name: ProtocolName): Promise<number> {
    const peer = await this.connect(PROTOCOLS[name])

    try {
      for (const ttl of SHORTEST_TTLS) {
        const answer = await peer.register({ namespace: this.namespace(), ttl })

        if (answer.status === 0) {
          return Number(answer.ttl ?? ttl)
        }
      }

      return Number.POSITIVE_INFINITY
    } finally {
      await peer.stop()
    }
  }
}
