import { pagedDialect } from '../libp2p/paged-dialect.ts'
import { waku1Client } from './waku1-client.ts'

/** `/vac/waku/rendezvous/1.0.0`, from both sides. */
export const waku1 = pagedDialect(waku1Client)
