import type { AbortOptions, Stream } from '@libp2p/interface'
import {
  type Namespace,
  ResponseStatus,
  type SignatureVerifier
} from '@rendezvous-cluster/rendezvous'
import type { ClientDialect, ReceivedRegistration } from '@rendezvous-cluster/wire'
import { equals as uint8ArrayEquals } from 'uint8arrays/equals'
import { clampTtl } from './clamp-ttl.ts'
import { type DiscoveredPeer, discoveredPeers } from './discovered-peers.ts'
import { NoAnswerError, RefusedError } from './errors.ts'
import { exchange, sendOnly } from './exchange.ts'

/**
 * How long an UNREGISTER waits without a signal, in milliseconds. Nothing is lost at its end but the
 * certainty: a point that has read it needs no time, and some never end the stream.
 */
export const UNREGISTER_DEADLINE_MS = 5000

/** How long an answer is waited for without a signal, in milliseconds: points answer within 3 seconds. */
export const ANSWER_DEADLINE_MS = 10_000

/**
 * How requests reach one point. Nothing is opened before the first of them; each opens a stream of its own,
 * and rejects with what `openStream` rejects with.
 */
export interface PointClientInit {
  /** What is spoken on the streams that `openStream` opens: whether it was negotiated is not checked. */
  dialect: ClientDialect
  /** Opens a stream to the point, for example `node.dialProtocol(point, dialect.protocol)`. */
  openStream: (options: AbortOptions) => Promise<Stream>
  /** Default: the key's own library. */
  verifySignature?: SignatureVerifier
}

/** Which registrations one DISCOVER asks for, and where among them it goes on. */
export interface DiscoverQuery {
  /** Default: all. */
  namespace?: Namespace
  /** Most registrations asked for, a whole number; `undefined` leaves it to the point. */
  limit?: number
  /**
   * Of the page before, of the same namespace: one of another is refused with `E_INVALID_COOKIE`. Any
   * node of the same cluster takes it, but no other point. Default: from the start.
   */
  cookie?: Uint8Array
}

/**
 * What one DISCOVER has brought. Nothing in it is verified: neither that a record is signed, nor that it is of
 * a peer that can be reached. One peer may be in it several times.
 */
export interface RegistrationPage {
  registrations: ReceivedRegistration[]
  /** How many were of other namespaces than asked for, and are left out. */
  foreignCount: number
  /** Asks for what comes after this page. Absent in dialects that sample. */
  cookie?: Uint8Array
}

/**
 * Requests to one rendezvous point. Each method uses a stream of its own, and rejects with
 * `RefusedError` when the point refuses, with `NoAnswerError` when it gives no answer, and with
 * the signal's reason once that is aborted: without a signal with a `TimeoutError` after
 * 10 seconds.
 */
export class PointClient {
  readonly #init: PointClientInit

  constructor(init: PointClientInit) {
    this.#init = init
  }

  get dialect(): ClientDialect {
    return this.#init.dialect
  }

  /**
   * Registers under a namespace.
   *
   * @param registration - what the point is to show to others
   * @param registration.signedPeerRecord - an envelope as `sealPeerRecord` makes it, of the connection's own peer
   * @param registration.ttlSeconds - whole seconds; `undefined` leaves it to the point
   * @returns the granted lifetime in seconds, within what the dialect allows
   */
  async register(
    registration: { namespace: Namespace; signedPeerRecord: Uint8Array; ttlSeconds?: number },
    options: AbortOptions = {}
  ): Promise<number> {
    const { namespace, signedPeerRecord, ttlSeconds } = registration
    const response = await this.#request(
      {
        type: 'register',
        namespace: namespace.bytes,
        signedPeerRecord,
        ttl: ttlSeconds == null ? undefined : BigInt(ttlSeconds)
      },
      options
    )

    if (response.type !== 'register') {
      throw new NoAnswerError(`the point answered REGISTER with ${response.type}`)
    }

    const { rules } = this.#init.dialect
    const granted = response.ttl ?? BigInt(ttlSeconds ?? rules.ttlSeconds.default)

    return clampTtl(granted, rules)
  }

  /**
   * Ends a registration, or all of this peer's. There is no answer: all that is known is that the
   * point has ended the stream since. Without a signal that is waited for 5 seconds, and a
   * `TimeoutError` is the reason then.
   *
   * @throws TypeError in a dialect without UNREGISTER
   */
  async unregister(
    query: { namespace?: Namespace } = {},
    { signal = AbortSignal.timeout(UNREGISTER_DEADLINE_MS) }: AbortOptions = {}
  ): Promise<void> {
    const { dialect, openStream } = this.#init
    const request = dialect.encodeRequest({
      type: 'unregister',
      namespace: query.namespace?.bytes
    })
    const stream = await openStream({ signal })

    await sendOnly(stream, request, { signal })
  }

  /**
   * Peers registered under a namespace, each once, verified.
   *
   * @param query - whom to look for
   * @param query.limit - most peers asked for, a whole number; `undefined` leaves it to the point
   */
  async discover(
    query: { namespace: Namespace; limit?: number },
    options: AbortOptions = {}
  ): Promise<DiscoveredPeer[]> {
    return (await this.discoverPage(query, options)).peers
  }

  /**
   * As {@link discover}, one page at a time: the cookie of one page asks for what comes after it,
   * also much later. Without a namespace all are asked for. In a dialect that samples there is no
   * cookie.
   */
  async discoverPage(
    query: DiscoverQuery,
    options: AbortOptions = {}
  ): Promise<{ peers: DiscoveredPeer[]; cookie?: Uint8Array }> {
    const { dialect, verifySignature } = this.#init
    const { registrations, cookie } = await this.readPage(query, options)
    const { peers } = await discoveredPeers(registrations, dialect.rules, verifySignature)

    return { peers, cookie }
  }

  /** As {@link discoverPage}, with the registrations as the point sent them: none is verified. */
  async readPage(query: DiscoverQuery, options: AbortOptions = {}): Promise<RegistrationPage> {
    const { namespace, limit, cookie } = query
    const response = await this.#request(
      {
        type: 'discover',
        namespace: namespace?.bytes,
        limit: limit == null ? undefined : BigInt(limit),
        cookie
      },
      options
    )

    if (response.type !== 'discover') {
      throw new NoAnswerError(`the point answered DISCOVER with ${response.type}`)
    }

    const registrations = response.registrations.filter((each) => isOf(each, namespace))

    return {
      registrations,
      foreignCount: response.registrations.length - registrations.length,
      cookie: response.cookie
    }
  }

  async #request(
    request: Parameters<typeof exchange>[2],
    { signal = AbortSignal.timeout(ANSWER_DEADLINE_MS) }: AbortOptions
  ) {
    const { dialect, openStream } = this.#init
    const stream = await openStream({ signal })
    const response = await exchange(stream, dialect, request, { signal })

    if (response.status !== ResponseStatus.OK) {
      throw new RefusedError(response.status, response.statusText)
    }

    return response
  }
}

/** Go points leave the namespace empty that was asked for. */
function isOf(
  { namespace = new Uint8Array() }: ReceivedRegistration,
  asked: Namespace | undefined
): boolean {
  return asked == null || namespace.byteLength === 0 || uint8ArrayEquals(namespace, asked.bytes)
}
