import { ResponseStatus } from './response-status.ts'

/** An error that a peer may see: `status` and `message` go on the wire, `cause` stays in the log. */
export class RendezvousError extends Error {
  override name = 'RendezvousError'
  readonly status: ResponseStatus

  constructor(status: ResponseStatus, statusText: string, options?: ErrorOptions) {
    super(statusText, options)
    this.status = status
  }
}

/** The namespace, or what is asked of it, is not for this peer. */
export class NotAuthorizedError extends RendezvousError {
  override name = 'NotAuthorizedError'

  constructor() {
    super(ResponseStatus.E_NOT_AUTHORIZED, 'not authorized')
  }
}

/** The namespace is empty, too long or, where a dialect wants text, not UTF-8. */
export class InvalidNamespaceError extends RendezvousError {
  override name = 'InvalidNamespaceError'

  constructor(statusText: string) {
    super(ResponseStatus.E_INVALID_NAMESPACE, statusText)
  }
}

/** The signed peer record is missing, unreadable, wrongly signed, too big, or lists no address. */
export class InvalidPeerRecordError extends RendezvousError {
  override name = 'InvalidPeerRecordError'

  constructor(statusText: string, options?: ErrorOptions) {
    super(ResponseStatus.E_INVALID_PEER_INFO, statusText, options)
  }
}

/** The TTL is negative, or outside of what the dialect allows. */
export class InvalidTtlError extends RendezvousError {
  override name = 'InvalidTtlError'

  constructor() {
    super(ResponseStatus.E_INVALID_TTL, 'bad ttl')
  }
}

/** What of an operator's rules for a namespace a request breaks. */
export type PolicyRule = 'access' | 'peer-id' | 'addresses' | 'ttl'

const POLICY_REFUSALS: Readonly<Record<PolicyRule, readonly [ResponseStatus, string]>> = {
  access: [ResponseStatus.E_NOT_AUTHORIZED, 'not authorized'],
  'peer-id': [ResponseStatus.E_NOT_AUTHORIZED, 'not authorized'],
  addresses: [ResponseStatus.E_INVALID_PEER_INFO, 'invalid peer record'],
  ttl: [ResponseStatus.E_INVALID_TTL, 'bad ttl']
}

/** The operator's rules for the namespace refuse it. A peer is told no more than without rules. */
export class PolicyRefusedError extends RendezvousError {
  override name = 'PolicyRefusedError'
  readonly rule: PolicyRule

  constructor(rule: PolicyRule) {
    super(...POLICY_REFUSALS[rule])

    this.rule = rule
  }
}

/** The cookie is of another namespace, or none that was given out. */
export class InvalidCookieError extends RendezvousError {
  override name = 'InvalidCookieError'

  constructor() {
    super(ResponseStatus.E_INVALID_COOKIE, 'bad cookie')
  }
}

/** The registry can't answer now: a store is away, or a bound that others fill is reached. */
export class UnavailableError extends RendezvousError {
  override name = 'UnavailableError'

  constructor(options?: ErrorOptions) {
    super(ResponseStatus.E_UNAVAILABLE, 'unavailable, try again later', options)
  }
}

/**
 * Which bound a registration would have passed: one peer's own, a namespace's, that of an IP prefix
 * in a namespace, or that of namespaces in all.
 */
export type Cap = 'peer' | 'namespace' | 'prefix' | 'namespaces'

/** A new registration would pass a cap. At a cap that others fill it is worth trying again later. */
export class CapReachedError extends RendezvousError {
  override name = 'CapReachedError'
  readonly cap: Cap

  constructor(cap: Cap) {
    if (cap === 'peer') {
      super(ResponseStatus.E_NOT_AUTHORIZED, 'too many registrations')
    } else {
      super(ResponseStatus.E_UNAVAILABLE, 'unavailable, try again later')
    }

    this.cap = cap
  }
}
