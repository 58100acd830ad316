import { libp2pClient } from './libp2p-client.ts'
import { pagedDialect } from './paged-dialect.ts'

/** `/rendezvous/1.0.0`, from both sides. */
export const libp2p = pagedDialect(libp2pClient)
