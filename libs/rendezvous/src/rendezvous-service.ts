import { equals as uint8ArrayEquals } from 'uint8arrays/equals'
import { CLUSTER_NAMESPACE } from './cluster-directory.ts'
import type { DialectRules } from './dialect-rules.ts'
import { errorToResponse } from './error-to-response.ts'
import {
  CapReachedError,
  InvalidPeerRecordError,
  InvalidTtlError,
  RendezvousError
} from './errors.ts'
import { DISCOVER_LIMIT_MAX } from './limits.ts'
import type { DiscoverRequest, RegisterRequest, Request, Response } from './message.ts'
import { Namespace } from './namespace.ts'
import type { PeerSession } from './peer-session.ts'
import type { LiveRegistration } from './registration.ts'
import { CAPS_DEFAULT, type RegistrationCaps } from './registration-caps.ts'
import type { RegistrationStore } from './registration-store.ts'
import { ResponseStatus } from './response-status.ts'
import { noServiceMetrics, type ServiceMetrics } from './service-metrics.ts'
import {
  checkAddresses,
  type VerifiedPeerRecord,
  verifyPeerRecord
} from './signed-peer-record/verify-peer-record.ts'
import { type SignatureVerifier, verifySignature } from './signed-peer-record/verify-signature.ts'

export interface RendezvousServiceComponents {
  store: RegistrationStore
  /** How many registrations a namespace's new one must not pass. Default {@link CAPS_DEFAULT}. */
  caps?: (namespace: Namespace) => RegistrationCaps
  /** The cluster's own nodes, found in {@link CLUSTER_NAMESPACE}. Default: none. */
  clusterNodes?: () => LiveRegistration[]
  /** Default: the key's own library, too slow for a server's secp256k1. */
  verifySignature?: SignatureVerifier
  /** Default: nothing is counted. */
  metrics?: ServiceMetrics
  /** Told of every error that is not a peer's own fault. Default: nothing. */
  onError?: (error: unknown) => void
}

export interface RequestContext {
  rules: DialectRules
  session: PeerSession
  /** How long the answer is waited for, in milliseconds. Default: as long as it takes. */
  withinMs?: number
}

/** Answers requests by the rules of their dialect. Does no I/O but for the store it is given. */
export class RendezvousService {
  readonly #store: RegistrationStore
  readonly #caps: (namespace: Namespace) => RegistrationCaps
  readonly #clusterNodes: () => LiveRegistration[]
  readonly #verifySignature: SignatureVerifier
  readonly #metrics: ServiceMetrics
  readonly #onError: (error: unknown) => void

  constructor(components: RendezvousServiceComponents) {
    this.#store = components.store
    this.#caps = components.caps ?? (() => CAPS_DEFAULT)
    this.#clusterNodes = components.clusterNodes ?? (() => [])
    this.#verifySignature = components.verifySignature ?? verifySignature
    this.#metrics = components.metrics ?? noServiceMetrics
    this.#onError = components.onError ?? (() => {})
  }

  /** Never rejects: whatever goes wrong becomes a status. */
  async handle(request: Request, context: RequestContext): Promise<Response> {
    try {
      switch (request.type) {
        case 'register':
          return await this.#register(request, context)
        case 'discover':
          return await this.#discover(request, context)
        default:
          return request satisfies never
      }
    } catch (error) {
      const response = errorToResponse(request, error)

      if (error instanceof CapReachedError) {
        this.#metrics.capReached(error.cap)
      } else if (response.status >= ResponseStatus.E_INTERNAL_ERROR) {
        this.#onError(error)
      }

      return response
    }
  }

  /** The order of checks is the seed's: clients of its kind see the status they expect. */
  async #register(request: RegisterRequest, context: RequestContext): Promise<Response> {
    const { rules, session, withinMs } = context
    const namespace = Namespace.parse(request.namespace, rules.namespaceBytesMax)

    if (namespace.key === CLUSTER_NAMESPACE) {
      throw new RendezvousError(ResponseStatus.E_NOT_AUTHORIZED, 'not authorized')
    }

    if (request.signedPeerRecord == null) {
      throw new InvalidPeerRecordError('missing signed peer record')
    }

    const record = await this.#verified(request.signedPeerRecord, context)

    if (!uint8ArrayEquals(record.peerId, session.peerId)) {
      throw new RendezvousError(rules.ownerMismatchStatus, 'peer id mismatch')
    }

    checkAddresses(record)

    const ttlSeconds = grantTtl(request.ttl, rules)

    await this.#store.put(
      {
        kind: rules.recordKind,
        namespace,
        peerId: session.peerId,
        record: request.signedPeerRecord,
        ttlSeconds,
        isListed: rules.isListed
      },
      { withinMs, caps: this.#caps(namespace) }
    )

    return { type: 'register', status: ResponseStatus.OK, statusText: '', ttlSeconds }
  }

  async #discover(request: DiscoverRequest, context: RequestContext): Promise<Response> {
    const { rules } = context
    const ok = { type: 'discover', status: ResponseStatus.OK, statusText: '' } as const

    // A dialect that samples knows no "all namespaces": its peers expect an empty answer.
    if (request.namespace == null || request.namespace.byteLength === 0) {
      return { ...ok, namespace: new Uint8Array(), registrations: [] }
    }

    const namespace = Namespace.parse(request.namespace, rules.namespaceBytesMax)
    const registrations = await this.#found(namespace, discoverLimit(request.limit), rules)

    return {
      ...ok,
      namespace: namespace.bytes,
      // A store shared with other dialects may hold longer lifetimes than this one's readers take.
      registrations: registrations.map((registration) => ({
        record: registration.record,
        ttlSeconds: Math.min(registration.ttlSeconds, rules.ttlSeconds.max)
      }))
    }
  }

  async #found(
    namespace: Namespace,
    limit: number,
    { recordKind }: DialectRules
  ): Promise<LiveRegistration[]> {
    if (namespace.key === CLUSTER_NAMESPACE) {
      return recordKind === 'peer-record' ? this.#clusterNodes().slice(0, limit) : []
    }

    return this.#store.sample({ kind: recordKind, namespace }, limit)
  }

  async #verified(
    bytes: Uint8Array,
    { rules, session }: RequestContext
  ): Promise<VerifiedPeerRecord> {
    const known = session.verifiedEnvelopes.get(bytes, rules.recordKind)

    this.#metrics.verifyCache(known == null ? 'miss' : 'hit')

    if (known != null) {
      return known
    }

    // A copy, and what is read from it are views on the copy: the whole frame would be kept else.
    const envelope = new Uint8Array(bytes)
    const record = await verifyPeerRecord(envelope, rules.recordKind, this.#verifySignature)

    session.verifiedEnvelopes.add(envelope, rules.recordKind, record)

    return record
  }
}

/** @throws InvalidTtlError outside of the dialect's bounds: a TTL is refused, never cut */
function grantTtl(requested: bigint | undefined, { ttlSeconds }: DialectRules): number {
  if (requested == null || requested === 0n) {
    return ttlSeconds.default
  }

  if (requested < ttlSeconds.min || requested > ttlSeconds.max) {
    throw new InvalidTtlError()
  }

  return Number(requested)
}

function discoverLimit(requested: bigint | undefined): number {
  if (requested == null || requested <= 0n || requested > DISCOVER_LIMIT_MAX) {
    return DISCOVER_LIMIT_MAX
  }

  return Number(requested)
}
