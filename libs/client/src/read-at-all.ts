import type { AbortOptions } from '@libp2p/interface'
import type { DiscoveredPeer } from './discovered-peers.ts'
import type { PageReader, PeerPage } from './namespace-reader.ts'

/** Reads at several points at once. One that fails is left out while another answers. */
export function readAtAll(readers: readonly PageReader[]): PageReader {
  return readers.length === 1 ? (readers[0] as PageReader) : new Readers(readers)
}

class Readers implements PageReader {
  readonly #readers: readonly PageReader[]

  constructor(readers: readonly PageReader[]) {
    this.#readers = readers
  }

  async next(limit: number | undefined, options: AbortOptions): Promise<PeerPage> {
    const outcomes = await Promise.allSettled(
      this.#readers.map((reader) => reader.next(limit, options))
    )
    const pages: PeerPage[] = []

    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') {
        pages.push(outcome.value)
      } else if (outcomes.every(({ status }) => status === 'rejected')) {
        throw outcome.reason
      }
    }

    return { peers: peersOf(pages), isLast: pages.every(({ isLast }) => isLast) }
  }
}

async function* peersOf(pages: readonly PeerPage[]): AsyncGenerator<DiscoveredPeer, void> {
  for (const { peers } of pages) {
    yield* peers
  }
}
