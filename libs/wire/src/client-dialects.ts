import type { ClientDialect } from './dialect.ts'
import { libp2pClient } from './dialects/libp2p/libp2p-client.ts'
import { wakuClient } from './dialects/waku/waku-client.ts'
import { waku1Client } from './dialects/waku1/waku1-client.ts'

/** What clients speak: `DIALECTS` without what only a point needs, which a browser need not load. */
export const CLIENT_DIALECTS = {
  waku: wakuClient,
  libp2p: libp2pClient,
  waku1: waku1Client
} satisfies Record<string, ClientDialect>

/** As in `--protocols`. */
export type DialectName = keyof typeof CLIENT_DIALECTS
