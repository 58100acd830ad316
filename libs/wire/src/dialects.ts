import type { Dialect } from './dialect.ts'
import { waku } from './dialects/waku/waku.ts'

/** Every dialect, by the name used in `--protocols`. A new one is a folder and a row here. */
export const DIALECTS = { waku } satisfies Record<string, Dialect>

export type DialectName = keyof typeof DIALECTS
