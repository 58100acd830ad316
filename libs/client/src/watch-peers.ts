import type { AbortOptions } from '@libp2p/interface'
import type { DiscoveredPeer } from './discovered-peers.ts'
import { isOwnFault, toError } from './errors.ts'
import type { PageReader } from './namespace-reader.ts'
import type { Wait } from './wait.ts'

/** How often points are asked, in milliseconds. */
export const WATCH_INTERVAL_MS_DEFAULT = 5000

/**
 * For how long a peer is remembered at least once its registration has ended, in milliseconds: points list it a little
 * longer, peers that register anew rather than refresh are late now and then, and a sample need not have everyone.
 */
const GONE_MS_MIN = 60_000

/** Peers remembered as seen: beyond, those that were seen longest ago are forgotten. */
const SEEN_MAX = 10_000

/** Pages read in a row before a pause, whatever a point says. */
const PAGES_AT_ONCE_MAX = 100

/** How often one `watch` asks, and what it tells. It goes on until the signal is aborted or the loop is left. */
export interface WatchOptions extends AbortOptions {
  /** Pause between two rounds, in milliseconds, give or take a tenth. Default: `watchIntervalMs` of the client. */
  intervalMs?: number
  /** Whether this peer is told of too where it is registered. Default false. */
  includeSelf?: boolean
  /**
   * Told each time that points have been asked: what they failed with, `undefined` where one has
   * answered. They are asked again all the same.
   */
  onAsked?: (error?: Error) => void
}

export interface WatchPeersInit {
  reader: PageReader
  now: () => number
  random: () => number
  wait: Wait
  /** Aborted when there is a reason to ask sooner. */
  woken: () => AbortSignal
}

/**
 * Peers as they come: again when they have new addresses, or when their registration had ended a minute
 * before. Points that fail are asked again.
 *
 * @throws RefusedError where the request is refused for good
 * @throws the signal's reason once it is aborted
 */
export async function* watchPeers(
  { reader, now, random, wait, woken }: WatchPeersInit,
  options: WatchOptions
): AsyncGenerator<DiscoveredPeer, void> {
  const { signal = new AbortController().signal, onAsked } = options
  const { intervalMs = WATCH_INTERVAL_MS_DEFAULT } = options
  const seen = new SeenPeers(now, Math.max(GONE_MS_MIN, 2 * intervalMs))

  for (;;) {
    signal.throwIfAborted()

    const wake = woken()

    try {
      for (let page = 0, isLast = false; page < PAGES_AT_ONCE_MAX && !isLast; page++) {
        const next = await reader.next(undefined, { signal })

        onAsked?.()

        for await (const peer of next.peers) {
          if (seen.isNews(peer)) {
            yield peer
            signal.throwIfAborted()
          }
        }

        isLast = next.isLast
      }
    } catch (error) {
      signal.throwIfAborted()

      if (isOwnFault(error)) {
        throw error
      }

      onAsked?.(toError(error))
    }

    await wait(intervalMs * (0.9 + random() / 5), AbortSignal.any([signal, wake]))
  }
}

interface SeenPeer {
  addresses: string
  seq: bigint
  expiresAtMs: number
}

/** Who has been told of already. */
class SeenPeers {
  readonly #now: () => number
  readonly #goneMs: number
  readonly #peers = new Map<string, SeenPeer>()

  constructor(now: () => number, goneMs: number) {
    this.#now = now
    this.#goneMs = goneMs
  }

  isNews({ peerId, multiaddrs, seq, ttlSeconds }: DiscoveredPeer): boolean {
    const nowMs = this.#now()
    const key = peerId.toString()
    const addresses = String(multiaddrs)
    const before = this.#peers.get(key)
    const isKnown = before != null && !this.#isGone(before, nowMs)

    // Points may still have a record that the peer has replaced.
    if (isKnown && seq < before.seq && before.expiresAtMs >= nowMs) {
      return false
    }

    // Put at the end: the first ones are those not heard of for the longest time.
    this.#peers.delete(key)
    this.#peers.set(key, { addresses, seq, expiresAtMs: nowMs + ttlSeconds * 1000 })
    this.#forget(nowMs)

    return !isKnown || before.addresses !== addresses
  }

  #forget(nowMs: number): void {
    for (const [key, peer] of this.#peers) {
      if (!this.#isGone(peer, nowMs) && this.#peers.size <= SEEN_MAX) {
        return
      }

      this.#peers.delete(key)
    }
  }
  #isGone({ expiresAtMs }: SeenPeer, nowMs: number): boolean {
    return nowMs - expiresAtMs > this.#goneMs
  }
}
