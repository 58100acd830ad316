import { ResponseStatus } from '@rendezvous-cluster/rendezvous'
import { pagedClient } from './paged-client.ts'

/**
 * `/rendezvous/1.0.0`, as Rust, Nim and Go peers speak it: lifetimes of hours, pages, and
 * UNREGISTER.
 *
 * @see https://github.com/libp2p/specs/blob/master/rendezvous/README.md
 */
export const libp2pClient = pagedClient({
  name: 'libp2p',
  protocol: '/rendezvous/1.0.0',
  rules: {
    recordKind: 'peer-record',
    otherRecordKinds: ['routing-state-record'],
    ttlSeconds: { default: 7200, min: 1, max: 259_200 },
    namespaceBytesMax: 255,
    isNamespaceText: true,
    isPaged: true,
    isListed: true,
    ownerMismatchStatus: ResponseStatus.E_NOT_AUTHORIZED
  }
})
