import type { AbortOptions, Logger } from '@libp2p/interface'
import type { AddressManager, ConnectionManager } from '@libp2p/interface-internal'
import { RateLimiter } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { DiscoveredPeer } from '../discovered-peers.ts'
import { dialableAddressesOf } from '../private-range.ts'

/** Most dials a minute: what a point says must not make this peer flood others. */
const DIALS_PER_MINUTE = 100

/** How long one dial may take, in milliseconds. */
const DIAL_TIMEOUT_MS = 10_000

/** How long a peer that could not be reached is left alone: doubled with every failure in a row. */
const BACKOFF_MS_MIN = 2000
const BACKOFF_MS_MAX = 60 * 60_000

/** Unreachable peers remembered: beyond, those that failed first are forgotten. */
const BACKOFFS_MAX = 1000

export interface PoliteDialerInit {
  addressManager: AddressManager
  connectionManager: ConnectionManager
  log: Logger
  now: () => number
  random: () => number
}

/** Dials strangers that a rendezvous point has named, within bounds. */
export class PoliteDialer {
  readonly #init: PoliteDialerInit
  readonly #rate = new RateLimiter({ points: DIALS_PER_MINUTE, duration: 60 })
  readonly #backoffs = new Map<string, { failures: number; retryAtMs: number }>()

  constructor(init: PoliteDialerInit) {
    this.#init = init
  }

  /** Whether it would dial a peer now. */
  canDial(peer: DiscoveredPeer): boolean {
    const { connectionManager, now } = this.#init
    const { retryAtMs = 0 } = this.#backoffs.get(peer.peerId.toString()) ?? {}

    return (
      retryAtMs <= now() &&
      connectionManager.getConnections(peer.peerId).length === 0 &&
      this.#addressesOf(peer).length > 0
    )
  }

  /**
   * Connects to a peer, at the addresses that it has registered.
   *
   * @returns whether it did; never rejects
   */
  async dial(peer: DiscoveredPeer, { signal }: AbortOptions = {}): Promise<boolean> {
    const { connectionManager, log } = this.#init
    const timeout = AbortSignal.timeout(DIAL_TIMEOUT_MS)
    const key = peer.peerId.toString()

    try {
      this.#rate.consume('dial')
    } catch {
      log('not dialling %p: there were %d dials in a minute', peer.peerId, DIALS_PER_MINUTE)

      return false
    }

    try {
      await connectionManager.openConnection(this.#addressesOf(peer), {
        signal: signal == null ? timeout : AbortSignal.any([signal, timeout])
      })
      this.#backoffs.delete(key)

      return true
    } catch (error) {
      log('could not dial %p - %e', peer.peerId, error)

      if (signal?.aborted !== true) {
        this.#backOff(key)
      }

      return false
    }
  }

  #addressesOf(peer: DiscoveredPeer): Multiaddr[] {
    return dialableAddressesOf(peer, this.#init.addressManager.getAddresses())
  }

  /** Anything from nothing to the whole time, so that peers which failed together part. */
  #backOff(key: string): void {
    const { now, random } = this.#init
    const { failures = 0 } = this.#backoffs.get(key) ?? {}
    const backoffMs = Math.min(BACKOFF_MS_MIN * 2 ** failures, BACKOFF_MS_MAX)

    this.#backoffs.delete(key)
    this.#backoffs.set(key, { failures: failures + 1, retryAtMs: now() + backoffMs * random() })

    for (const oldest of this.#backoffs.keys()) {
      if (this.#backoffs.size <= BACKOFFS_MAX) {
        return
      }

      this.#backoffs.delete(oldest)
    }
  }
}
