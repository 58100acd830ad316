import type { ReadFrom, RecordKind } from '@rendezvous-cluster/rendezvous'

/** First byte of a cookie. The first of these stands for none. */
const KINDS: readonly (RecordKind | undefined)[] = [
  undefined,
  'peer-record',
  'waku-peer-record',
  'routing-state-record'
]

/** A cookie as `docs/decisions/0009-records-of-rust-peers.md` describes it, read in another way. */
export function referenceCookie(
  cookie: Uint8Array | undefined,
  namespace: Uint8Array = new Uint8Array()
): ReadFrom | undefined {
  if (cookie == null) {
    return undefined
  }

  const bytes = Buffer.from(cookie)

  if (bytes.byteLength < 8 || Buffer.compare(bytes.subarray(8), namespace) !== 0) {
    return 'invalid'
  }

  const kind = bytes.readUInt8(0)
  const cursor = bytes.readUIntBE(1, 1) * 2 ** 48 + bytes.readUIntBE(2, 6)

  return kind < KINDS.length
    ? { cursor: Math.min(cursor, Number.MAX_SAFE_INTEGER), kind: KINDS[kind] }
    : undefined
}
