import type { DialectName } from './client-dialects.ts'
import type { Dialect } from './dialect.ts'
import { libp2p } from './dialects/libp2p/libp2p.ts'
import { waku } from './dialects/waku/waku.ts'
import { waku1 } from './dialects/waku1/waku1.ts'

/** Every dialect, by its name. A new one is a folder, a row here and one in `CLIENT_DIALECTS`. */
export const DIALECTS = { waku, libp2p, waku1 } satisfies Record<DialectName, Dialect>
