import { equals as uint8ArrayEquals } from 'uint8arrays/equals'
import { CLUSTER_NAMESPACE, type ClusterRegistration } from './cluster-directory.ts'
import { clusterPage } from './cluster-page.ts'
import type { DialectRules } from './dialect-rules.ts'
import { errorToResponse } from './error-to-response.ts'
import {
  CapReachedError,
  InvalidCookieError,
  InvalidNamespaceError,
  InvalidPeerRecordError,
  NotAuthorizedError,
  PolicyRefusedError,
  RendezvousError
} from './errors.ts'
import { grantTtl } from './grant-ttl.ts'
import { ipPrefixOf } from './ip-prefix.ts'
import { cursorOfKind, kindToRead } from './kind-to-read.ts'
import { DISCOVER_LIMIT_MAX } from './limits.ts'
import type {
  DiscoverRequest,
  DiscoverResponse,
  FoundRegistration,
  Outcome,
  PageStart,
  RegisterRequest,
  Request,
  Response,
  UnregisterRequest
} from './message.ts'
import { Namespace } from './namespace.ts'
import type { NamespacePolicy } from './namespace-policy.ts'
import type { PeerSession } from './peer-session.ts'
import {
  assertMayDiscover,
  assertMayRegister,
  assertTakesAddresses,
  CLUSTER_POLICY,
  mayBeListed
} from './policy-checks.ts'
import { readVisiblePage } from './read-visible-page.ts'
import type { LiveRegistration } from './registration.ts'
import { CAPS_DEFAULT, type RegistrationCaps } from './registration-caps.ts'
import type { PageSource, RegistrationPage, RegistrationStore } from './registration-store.ts'
import { ResponseStatus } from './response-status.ts'
import { noServiceMetrics, type ServiceMetrics } from './service-metrics.ts'
import { kindOfEnvelope } from './signed-peer-record/kind-of-envelope.ts'
import type { RecordKind } from './signed-peer-record/record-kind.ts'
import {
  checkAddresses,
  type VerifiedPeerRecord,
  verifyPeerRecord
} from './signed-peer-record/verify-peer-record.ts'
import { type SignatureVerifier, verifySignature } from './signed-peer-record/verify-signature.ts'
import { isUtf8 } from './utf8.ts'

/** What a service works with, and what its operator lays down. Only `store` has no default. */
export interface RendezvousServiceComponents {
  store: RegistrationStore
  /** What a new registration must not pass. Default {@link CAPS_DEFAULT}. */
  caps?: RegistrationCaps
  /**
   * What is laid down for a namespace, asked for each request; {@link CLUSTER_NAMESPACE} is not
   * asked about. Default: nothing for any.
   */
  policyOf?: (namespace: Namespace) => NamespacePolicy
  /** Whether an IP address is held to the cap per prefix. Default: every one. */
  isLimitedIp?: (ip: Uint8Array) => boolean
  /** The cluster's own nodes in random order, found in {@link CLUSTER_NAMESPACE}. Default: none. */
  clusterNodes?: () => ClusterRegistration[]
  /**
   * What DISCOVER of all namespaces shows: nothing, what was made through a dialect that lists, or
   * all. Default `libp2p`.
   */
  discoverAll?: DiscoverAll
  /** Default: the key's own library, too slow for a server's secp256k1. */
  verifySignature?: SignatureVerifier
  /** Default: nothing is counted. */
  metrics?: ServiceMetrics
  /** Told of every error that is not a peer's own fault. Default: nothing. */
  onError?: (error: unknown) => void
}

/** What a DISCOVER of all namespaces shows. */
export type DiscoverAll = 'off' | 'libp2p' | 'all'

/** Longest namespace that every reader of all namespaces takes. */
const LISTED_NAMESPACE_BYTES_MAX = 255

const NO_POLICY: NamespacePolicy = {}

/** What a DISCOVER has found; with a cursor, and whose it is, where it is a page. */
type Found = Pick<DiscoverResponse, 'registrations' | 'cursor' | 'kind'>

/** Where a DISCOVER without a cookie begins. */
const START: PageStart = { cursor: 0 }

/** Who has asked, and by which rules that is answered. All requests of a connection have one `session`. */
export interface RequestContext {
  rules: DialectRules
  session: PeerSession
  /** How long the answer is waited for, in milliseconds. Default: the store's own, of {@link PutOptions}. */
  withinMs?: number
}

/** Answers requests by the rules of their dialect. Does no I/O but for the store it is given. */
export class RendezvousService {
  readonly #store: RegistrationStore
  readonly #caps: RegistrationCaps
  readonly #policyOf: (namespace: Namespace) => NamespacePolicy
  readonly #isLimitedIp: (ip: Uint8Array) => boolean
  readonly #clusterNodes: () => ClusterRegistration[]
  readonly #discoverAll: DiscoverAll
  readonly #verifySignature: SignatureVerifier
  readonly #metrics: ServiceMetrics
  readonly #onError: (error: unknown) => void

  constructor(components: RendezvousServiceComponents) {
    this.#store = components.store
    this.#caps = components.caps ?? CAPS_DEFAULT
    this.#policyOf = components.policyOf ?? (() => NO_POLICY)
    this.#isLimitedIp = components.isLimitedIp ?? (() => true)
    this.#clusterNodes = components.clusterNodes ?? (() => [])
    this.#discoverAll = components.discoverAll ?? 'libp2p'
    this.#verifySignature = components.verifySignature ?? verifySignature
    this.#metrics = components.metrics ?? noServiceMetrics
    this.#onError = components.onError ?? (() => {})
  }

  /** Never rejects: whatever goes wrong becomes a status. */
  async handle(
    request: RegisterRequest | DiscoverRequest,
    context: RequestContext
  ): Promise<Response>
  async handle(request: Request, context: RequestContext): Promise<Outcome>
  async handle(request: Request, context: RequestContext): Promise<Outcome> {
    try {
      switch (request.type) {
        case 'register':
          return await this.#register(request, context)
        case 'unregister':
          return await this.#unregister(request, context)
        case 'discover':
          return await this.#discover(request, context)
        default:
          return request satisfies never
      }
    } catch (error) {
      this.#tell(error)

      return errorToResponse(request, error)
    }
  }

  /** A peer's own mistakes are nobody else's business. */
  #tell(error: unknown): void {
    if (error instanceof CapReachedError) {
      this.#metrics.capReached(error.cap)
    } else if (error instanceof PolicyRefusedError) {
      this.#metrics.policyRefused(error.rule)
    } else if (
      !(error instanceof RendezvousError) ||
      error.status >= ResponseStatus.E_INTERNAL_ERROR
    ) {
      this.#onError(error)
    }
  }

  /** The order of checks is the seed's: clients of its kind see the status they expect. */
  async #register(request: RegisterRequest, context: RequestContext): Promise<Response> {
    const { rules, session, withinMs } = context
    const namespace = parseNamespace(request.namespace, rules)
    const policy = this.#policyFor(namespace)

    assertMayRegister(policy, session)

    if (request.signedPeerRecord == null) {
      throw new InvalidPeerRecordError('missing signed peer record')
    }

    const kind = kindOfEnvelope(request.signedPeerRecord, kindsOf(rules))
    const record = await this.#verified(request.signedPeerRecord, kind, session)

    if (!uint8ArrayEquals(record.peerId, session.peerId)) {
      throw new RendezvousError(rules.ownerMismatchStatus, 'peer id mismatch')
    }

    checkAddresses(record)
    assertTakesAddresses(policy, record, session)

    const ttlSeconds = grantTtl(request.ttl, rules.ttlSeconds, policy.ttlSeconds)

    await this.#store.put(
      {
        kind,
        namespace,
        peerId: session.peerId,
        record: request.signedPeerRecord,
        ttlSeconds,
        isListed: this.#isListed(namespace, rules) && mayBeListed(policy),
        ipPrefix: this.#ipPrefixOf(session)
      },
      { withinMs, caps: this.#capsOf(policy) }
    )

    // A dialect of one kind tells nothing of what the peer reads in another.
    if (kindsOf(rules).length > 1) {
      session.recordKind = kind
    }

    return { type: 'register', status: ResponseStatus.OK, statusText: '', ttlSeconds }
  }

  /** Whose id it names, if it names one, is the peer itself; anything else is not for us. */
  async #unregister(request: UnregisterRequest, context: RequestContext): Promise<Outcome> {
    const { rules, session, withinMs } = context
    const { peerId } = session
    const ok = { type: 'unregister', status: ResponseStatus.OK } as const

    if (request.peerId != null && !uint8ArrayEquals(request.peerId, peerId)) {
      return ok
    }

    const isOfAll = request.namespace == null || request.namespace.byteLength === 0
    const namespace = isOfAll ? undefined : parseNamespace(request.namespace, rules)

    await Promise.all(
      kindsOf(rules).map((kind) =>
        namespace == null
          ? this.#store.removeAll({ kind, peerId }, { withinMs })
          : this.#store.remove({ kind, namespace, peerId }, { withinMs })
      )
    )

    return ok
  }

  async #discover(request: DiscoverRequest, context: RequestContext): Promise<Response> {
    const { rules } = context
    const ok = { type: 'discover', status: ResponseStatus.OK, statusText: '' } as const
    const isOfAll = request.namespace == null || request.namespace.byteLength === 0

    // A dialect that samples knows no "all namespaces": its peers expect an empty answer.
    if (isOfAll && !rules.isPaged) {
      return { ...ok, namespace: new Uint8Array(), registrations: [] }
    }

    const namespace = isOfAll ? undefined : parseNamespace(request.namespace, rules)

    if (namespace != null) {
      assertMayDiscover(this.#policyFor(namespace))
    } else if (this.#discoverAll === 'off') {
      throw new NotAuthorizedError()
    }

    if (request.from === 'invalid') {
      throw new InvalidCookieError()
    }

    const { from = START, limit } = request
    const found = await this.#foundReadable(context, { namespace, from }, (kind) =>
      this.#found({ kind, namespace }, cursorOfKind(from, kind), limit, rules)
    )

    return {
      ...ok,
      namespace: namespace?.bytes ?? new Uint8Array(),
      cursor: found.cursor,
      kind: found.kind,
      // A store shared with other dialects may hold longer lifetimes than this one's readers take.
      registrations: found.registrations.map((registration) =>
        registration.ttlSeconds <= rules.ttlSeconds.max
          ? registration
          : { ...registration, ttlSeconds: rules.ttlSeconds.max }
      )
    }
  }

  /**
   * Finds what the peer can read. One that has registered, or holds a cookie, has shown which kind of
   * record that is; else it is what the namespace holds, the usual kind first.
   */
  async #foundReadable(
    { rules, session }: RequestContext,
    { namespace, from }: { namespace: Namespace | undefined; from: PageStart },
    find: (kind: RecordKind) => Promise<Found>
  ): Promise<Found> {
    const kinds = kindsOf(rules)
    const known = kindToRead({ kinds, registered: session.recordKind, told: from.kind })

    if (known != null || namespace == null) {
      return find(known ?? kinds[0])
    }

    const usual = await find(kinds[0])

    if (usual.registrations.length > 0) {
      return usual
    }

    // Read to its end, or holding another kind only.
    for (const kind of kinds) {
      const { registrations } = await this.#store.page({ kind, namespace }, 0, 1)

      if (registrations.length > 0) {
        return kind === kinds[0] ? usual : find(kind)
      }
    }

    // Whoever comes first decides, when the reader comes back.
    return { ...usual, kind: undefined }
  }

  async #found(
    { kind, namespace }: PageSource,
    after: number,
    limit: bigint | undefined,
    { isPaged }: DialectRules
  ): Promise<Found> {
    const count = discoverLimit(limit)

    if (namespace?.key === CLUSTER_NAMESPACE) {
      const all = kind === 'peer-record' ? this.#clusterNodes() : []

      if (!isPaged) {
        return { registrations: all.slice(0, count).map(inNamespace(namespace)) }
      }

      const { nodes, cursor } = clusterPage(all, after, count)

      return { registrations: nodes.map(inNamespace(namespace)), cursor, kind }
    }

    if (namespace != null && !isPaged) {
      const isSpread = this.#caps.perPrefix != null
      const sample = await this.#store.sample({ kind, namespace }, count, { isSpread })

      return { registrations: sample.map(inNamespace(namespace)) }
    }

    const { registrations, cursor } =
      namespace == null
        ? await this.#pageOfAll(kind, after, count)
        : await this.#store.page({ kind, namespace }, after, count)

    return {
      cursor,
      kind,
      registrations: registrations.map((registration) => ({
        ...registration,
        namespace: registration.namespace.bytes
      }))
    }
  }

  #pageOfAll(kind: RecordKind, after: number, count: number): Promise<RegistrationPage> {
    const isVisible = (namespace: Namespace) => mayBeListed(this.#policyFor(namespace))

    return readVisiblePage(this.#store, { kind, after, count, isVisible })
  }

  #policyFor(namespace: Namespace): NamespacePolicy {
    return namespace.key === CLUSTER_NAMESPACE ? CLUSTER_POLICY : this.#policyOf(namespace)
  }

  #capsOf({ registrationsMax }: NamespacePolicy): RegistrationCaps {
    return registrationsMax == null ? this.#caps : { ...this.#caps, perNamespace: registrationsMax }
  }

  /** One that a dialect could not even ask for is not shown to its readers. */
  #isListed({ bytes }: Namespace, { isListed }: DialectRules): boolean {
    const isWanted = this.#discoverAll === 'all' || (this.#discoverAll === 'libp2p' && isListed)

    return isWanted && bytes.byteLength <= LISTED_NAMESPACE_BYTES_MAX && isUtf8(bytes)
  }

  #ipPrefixOf({ ip }: PeerSession): number | undefined {
    return ip != null && this.#isLimitedIp(ip) ? ipPrefixOf(ip) : undefined
  }

  async #verified(
    bytes: Uint8Array,
    kind: RecordKind,
    session: PeerSession
  ): Promise<VerifiedPeerRecord> {
    const known = session.verifiedEnvelopes.get(bytes, kind)

    this.#metrics.verifyCache(known == null ? 'miss' : 'hit')

    if (known != null) {
      return known
    }

    // A copy, and what is read from it are views on the copy: the whole frame would be kept else.
    const envelope = new Uint8Array(bytes)
    const record = await verifyPeerRecord(envelope, kind, this.#verifySignature)

    session.verifiedEnvelopes.add(envelope, kind, record)

    return record
  }
}

/** What the peers of a dialect carry, the usual kind first. */
function kindsOf({
  recordKind,
  otherRecordKinds = []
}: DialectRules): [RecordKind, ...RecordKind[]] {
  return [recordKind, ...otherRecordKinds]
}

/** @throws InvalidNamespaceError */
function parseNamespace(
  bytes: Uint8Array | undefined,
  { namespaceBytesMax, isNamespaceText }: DialectRules
): Namespace {
  const namespace = Namespace.parse(bytes, namespaceBytesMax)

  if (isNamespaceText && !isUtf8(namespace.bytes)) {
    throw new InvalidNamespaceError('invalid namespace')
  }

  return namespace
}

function inNamespace({ bytes }: Namespace): (registration: LiveRegistration) => FoundRegistration {
  return (registration) => ({ ...registration, namespace: bytes })
}

function discoverLimit(requested: bigint | undefined): number {
  if (requested == null || requested <= 0n || requested > DISCOVER_LIMIT_MAX) {
    return DISCOVER_LIMIT_MAX
  }

  return Number(requested)
}
