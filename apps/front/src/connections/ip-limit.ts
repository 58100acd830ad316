import { fullBucket, isPrivateIp, networkOf } from '@rendezvous-cluster/point'
import type { TokenBucket } from 'limiter'
import { LRUCache } from 'lru-cache'

/**
 * Networks whose rate is remembered. One that is forgotten has its whole burst again, as any has
 * that was silent for burst / rate seconds: more than so many would have to come within that time.
 */
const NETWORKS_MAX = 16_384

export interface IpLimitInit {
  /** Connections that a network may have at once. */
  connections: number
  /** New connections per second, once the burst is used up. */
  newPerSecond: number
  /** New connections in a row. */
  newBurst: number
  /** Whether private and loopback addresses are held to these limits too. */
  limitsPrivate: boolean
}

/** Why a network gets no further connection. */
export type IpRefusal = 'connections-per-ip' | 'new-connections-per-ip'

/**
 * Bounds on the connections of one network: an IPv4 address, or an IPv6 /64.
 *
 * In memory: an entry per network that has connections, and a bucket for each of the last 16,384.
 */
export class IpLimit {
  readonly #init: IpLimitInit
  readonly #open = new Map<string, number>()
  readonly #arrivals = new LRUCache<string, TokenBucket>({ max: NETWORKS_MAX })

  constructor(init: IpLimitInit) {
    this.#init = init
  }

  /**
   * The network that an address belongs to, `undefined` where it is held to no limit.
   *
   * @param ip - 4 or 16 bytes, `undefined` for what is no IP network or has gone already
   */
  networkOf(ip: Uint8Array | undefined): string | undefined {
    if (ip == null || (!this.#init.limitsPrivate && isPrivateIp(ip))) {
      return undefined
    }

    return networkOf(ip)
  }

  /** Counts a new connection of a network, until {@link leave}, unless it is one too many. */
  enter(network: string): IpRefusal | undefined {
    const open = this.#open.get(network) ?? 0

    if (open >= this.#init.connections) {
      return 'connections-per-ip'
    }

    if (!this.#arrivalsOf(network).tryRemoveTokens(1)) {
      return 'new-connections-per-ip'
    }

    this.#open.set(network, open + 1)

    return undefined
  }

  /** One of the connections that were counted has ended. */
  leave(network: string): void {
    const open = this.#open.get(network) ?? 0

    if (open > 1) {
      this.#open.set(network, open - 1)
    } else {
      this.#open.delete(network)
    }
  }

  #arrivalsOf(network: string): TokenBucket {
    const known = this.#arrivals.get(network)

    if (known != null) {
      return known
    }

    const { newPerSecond, newBurst } = this.#init
    const bucket = fullBucket({ perSecond: newPerSecond, burst: newBurst })

    this.#arrivals.set(network, bucket)

    return bucket
  }
}
