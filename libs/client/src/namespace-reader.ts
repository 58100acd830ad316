import type { AbortOptions } from '@libp2p/interface'
import {
  DISCOVER_LIMIT_MAX,
  type Namespace,
  ResponseStatus,
  type SignatureVerifier
} from '@rendezvous-cluster/rendezvous'
import type { ReceivedRegistration } from '@rendezvous-cluster/wire'
import { type DiscoveredPeer, discoveredPeers } from './discovered-peers.ts'
import { isRefusedWith } from './errors.ts'
import type { DiscoverQuery, PointClient, RegistrationPage } from './point-client.ts'
import type { Point } from './points/point.ts'
import type { StickyPoint } from './points/sticky-point.ts'
import { shuffled } from './shuffled.ts'

export interface NamespaceReaderInit {
  namespace: Namespace
  sticky: StickyPoint
  /** Whose registrations are left out. */
  ownPeerId?: string
  verifySignature?: SignatureVerifier
  random: () => number
}

/** What one request has brought. */
export interface PeerPage {
  /** In random order, verified one batch at a time: nobody pays for what is not looked at. */
  peers: AsyncIterable<DiscoveredPeer>
  /** Whether the point has nothing more for now. */
  isLast: boolean
}

/** Most registrations verified ahead of who reads. */
const BATCH_MAX = 32

/** Reads page by page, from wherever the last request has come to. */
export interface PageReader {
  /**
   * @param limit - for points that draw a sample; of others the most that they give is asked for,
   * since they begin with the oldest and everybody would get the same few
   */
  next(limit: number | undefined, options: AbortOptions): Promise<PeerPage>
}

/** Reads a namespace at one point at a time. */
export class NamespaceReader implements PageReader {
  readonly #init: NamespaceReaderInit
  /** Cookies are a point's own. */
  #cookie?: { value: Uint8Array; point: Point }

  constructor(init: NamespaceReaderInit) {
    this.#init = init
  }

  async next(limit: number | undefined, options: AbortOptions): Promise<PeerPage> {
    const { namespace, sticky, ownPeerId } = this.#init
    // This peer may be in a sample, and is left out of it.
    const sampled = limit == null || ownPeerId == null ? limit : limit + 1

    return sticky.ask(async (client, point, request) => {
      const { isPaged } = client.dialect.rules
      const before = this.#cookie?.point === point ? this.#cookie.value : undefined
      const { registrations, foreignCount, cookie } = await this.#readPage(
        client,
        {
          namespace,
          cookie: before,
          limit: isPaged || sampled == null ? undefined : Math.min(sampled, DISCOVER_LIMIT_MAX)
        },
        request
      )

      point.invalidRegistrations += foreignCount
      // Some points leave it out where there is nothing new: what was there before still holds.
      this.#cookie = cookie == null ? this.#cookie : { value: cookie, point }

      return {
        peers: this.#verified(registrations, { client, point, limit }),
        isLast: !isPaged || cookie == null || registrations.length === 0
      }
    }, options)
  }

  async *#verified(
    registrations: readonly ReceivedRegistration[],
    { client, point, limit = BATCH_MAX }: { client: PointClient; point: Point; limit?: number }
  ): AsyncGenerator<DiscoveredPeer, void> {
    const { ownPeerId, verifySignature, random } = this.#init
    const { rules } = client.dialect
    const all = shuffled(registrations, random)
    const size = Math.min(limit, BATCH_MAX)

    for (let index = 0; index < all.length; index += size) {
      const batch = all.slice(index, index + size)
      const { peers, invalidCount } = await discoveredPeers(batch, rules, verifySignature)

      point.invalidRegistrations += invalidCount
      yield* peers.filter(({ peerId }) => peerId.toString() !== ownPeerId)
    }
  }

  async #readPage(
    client: PointClient,
    query: DiscoverQuery,
    options: AbortOptions
  ): Promise<RegistrationPage> {
    try {
      return await client.readPage(query, options)
    } catch (error) {
      // It has forgotten its cookies: Go points do with every start.
      if (query.cookie != null && isRefusedWith(error, ResponseStatus.E_INVALID_COOKIE)) {
        this.#cookie = undefined

        return this.#readPage(client, { ...query, cookie: undefined }, options)
      }

      // So Nim points call a namespace that nobody has registered in.
      if (isRefusedWith(error, ResponseStatus.E_INVALID_NAMESPACE)) {
        return { registrations: [], foreignCount: 0 }
      }

      throw error
    }
  }
}
