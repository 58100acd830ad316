import type { AbortOptions } from '@libp2p/interface'
import type { DiscoveredPeer } from './discovered-peers.ts'
import type { PageReader } from './namespace-reader.ts'

/** A point that has sent so many pages in a row without anybody new is not listened to any more. */
const FRUITLESS_PAGES_MAX = 10

/**
 * Where one `discover` ends, and whom it leaves out. Without a limit it reads until the point has nothing
 * more, or has sent 10 pages in a row without anybody new; in a dialect that samples, one sample. An aborted
 * signal ends it with its reason.
 */
export interface DiscoverOptions extends AbortOptions {
  /** Most peers, a whole number above 0. Default: all. */
  limit?: number
  /** Whether this peer is listed too where it is registered. Default false. */
  includeSelf?: boolean
}

/** The peers that are registered now, each once. */
export async function* discoverPeers(
  reader: PageReader,
  { limit = Number.POSITIVE_INFINITY, signal }: DiscoverOptions
): AsyncGenerator<DiscoveredPeer, void> {
  const seen = new Set<string>()
  let fruitlessPages = 0

  while (seen.size < limit && fruitlessPages < FRUITLESS_PAGES_MAX) {
    const before = seen.size
    const wanted = Number.isFinite(limit) ? limit - seen.size : undefined
    const { peers, isLast } = await reader.next(wanted, { signal })

    for await (const peer of peers) {
      const peerId = peer.peerId.toString()

      if (!seen.has(peerId)) {
        seen.add(peerId)
        yield peer
        signal?.throwIfAborted()
      }

      if (seen.size >= limit) {
        return
      }
    }

    if (isLast) {
      return
    }

    fruitlessPages = seen.size === before ? fruitlessPages + 1 : 0
  }
}
