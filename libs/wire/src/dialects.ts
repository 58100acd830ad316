import type { Dialect } from './dialect.ts'
import { libp2p } from './dialects/libp2p/libp2p.ts'
import { waku } from './dialects/waku/waku.ts'
import { waku1 } from './dialects/waku1/waku1.ts'

/** Every dialect, by the name used in `--protocols`. A new one is a folder and a row here. */
export const DIALECTS = { waku, libp2p, waku1 } satisfies Record<string, Dialect>

export type DialectName = keyof typeof DIALECTS
