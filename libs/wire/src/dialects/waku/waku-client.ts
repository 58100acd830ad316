import { type DialectRules, ResponseStatus } from '@rendezvous-cluster/rendezvous'
import { clientMessages } from '../../client-messages.ts'
import type { ClientDialect } from '../../dialect.ts'
import { WAKU_SHAPE } from './waku-shape.ts'

/** @see https://github.com/waku-org/go-waku-rendezvous#overview */
const rules: DialectRules = {
  recordKind: 'peer-record',
  ttlSeconds: { default: 20, min: 1, max: 20 },
  namespaceBytesMax: 256,
  isNamespaceText: false,
  isPaged: false,
  isListed: false,
  ownerMismatchStatus: ResponseStatus.E_INVALID_PEER_INFO
}

/** `/vac/waku/rendezvous/0.0.1`: REGISTER and DISCOVER only, lifetimes of at most 20 seconds. */
export const wakuClient: ClientDialect = {
  name: 'waku',
  protocol: '/vac/waku/rendezvous/0.0.1',
  rules,
  hasUnregister: false,
  ...clientMessages({
    types: { register: 0, registerResponse: 1, discover: 2, discoverResponse: 3 },
    shape: WAKU_SHAPE,
    isPaged: false,
    isTtlSigned: true
  })
}
