import type { PageStart } from './message.ts'
import type { RecordKind } from './signed-peer-record/record-kind.ts'

/** What is known of a reader in a dialect whose peers carry one of several kinds of record. */
export interface KnownReader {
  /** The kinds of the dialect, the usual one first. */
  kinds: readonly [RecordKind, ...RecordKind[]]
  /** What the peer has registered with on its connection. */
  registered?: RecordKind
  /** What the cookie it holds is of. */
  told?: RecordKind
}

/**
 * The kind that a reader is shown whatever else is registered: the one it has registered with, else
 * the one that its cookie is of. `undefined` where what the namespace holds decides.
 */
export function kindToRead({ kinds, registered, told }: KnownReader): RecordKind | undefined {
  const known = [registered, told].find((kind) => kind != null && kinds.includes(kind))

  return known ?? (kinds.length === 1 ? kinds[0] : undefined)
}

/** Where a page begins in the order of a kind, of which the cursor of another one says nothing. */
export function cursorOfKind(from: PageStart, kind: RecordKind): number {
  return from.kind == null || from.kind === kind ? from.cursor : 0
}
