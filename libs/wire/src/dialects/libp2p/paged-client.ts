import type { DialectRules } from '@rendezvous-cluster/rendezvous'
import { clientMessages } from '../../client-messages.ts'
import type { ClientDialect } from '../../dialect.ts'
import { LIBP2P_SHAPE } from './libp2p-shape.ts'

export interface PagedClientInit {
  name: string
  protocol: string
  rules: DialectRules
}

/**
 * What clients speak of a dialect with the messages of `/rendezvous/1.0.0`. Dialects differ in
 * their ids, bounds and records.
 *
 * @see https://github.com/libp2p/specs/blob/master/rendezvous/README.md#protobuf
 */
export function pagedClient(init: PagedClientInit): ClientDialect {
  return {
    ...init,
    hasUnregister: true,
    ...clientMessages({
      types: {
        register: 0,
        registerResponse: 1,
        unregister: 2,
        discover: 3,
        discoverResponse: 4
      },
      shape: LIBP2P_SHAPE,
      isPaged: true,
      isTtlSigned: false
    })
  }
}
