import { ResponseStatus } from '@rendezvous-cluster/rendezvous'
import { pagedClient } from '../libp2p/paged-client.ts'

/**
 * `/vac/waku/rendezvous/1.0.0`, as Waku nodes speak it today: the messages of `/rendezvous/1.0.0`
 * with another record inside.
 *
 * @see https://github.com/waku-org/specs/blob/master/standards/core/rendezvous.md
 */
export const waku1Client = pagedClient({
  name: 'waku1',
  protocol: '/vac/waku/rendezvous/1.0.0',
  rules: {
    recordKind: 'waku-peer-record',
    ttlSeconds: { default: 60, min: 1, max: 259_200 },
    namespaceBytesMax: 255,
    isNamespaceText: true,
    isPaged: true,
    isListed: true,
    ownerMismatchStatus: ResponseStatus.E_NOT_AUTHORIZED
  }
})
