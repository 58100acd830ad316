import {
  type PageStart,
  RECORD_KINDS,
  type ReadFrom,
  recordKindOfByte
} from '@rendezvous-cluster/rendezvous'
import { equals as uint8ArrayEquals } from 'uint8arrays/equals'

/** Bytes of the cursor, the kind of record among them, ahead of the namespace. */
const CURSOR_BYTES = 8

/** Bits of the number below the byte that tells the kind. Sequences are below 2^53. */
const SEQUENCE_BITS = 56

/** In place of a kind: the reader has been told none, or the cookie is of before they told any. */
const NO_KIND = 0

/**
 * Where a reader of pages goes on: eight bytes, big-endian, and the namespace they are of (empty for
 * all). The first of the eight is the kind of record that the reader is shown, the others are the
 * cursor in the order of that kind. Any front node can read it, and no table has to keep it.
 *
 * Rust peers take no other form: at least eight bytes, and UTF-8 behind them.
 *
 * @see https://github.com/libp2p/rust-libp2p/blob/master/protocols/rendezvous/src/codec.rs
 */
export function encodeCookie(
  { cursor, kind }: PageStart,
  namespace: Uint8Array
): Uint8Array<ArrayBuffer> {
  const cookie = new Uint8Array(CURSOR_BYTES + namespace.byteLength)

  new DataView(cookie.buffer).setBigUint64(0, BigInt(cursor))
  cookie[0] = kind == null ? NO_KIND : RECORD_KINDS[kind].byte
  cookie.set(namespace, CURSOR_BYTES)

  return cookie
}

/**
 * Where a request goes on: `undefined` is the start, `'invalid'` a cookie that is none of ours or of
 * another namespace.
 *
 * @param namespace - asked for; empty for all
 */
export function decodeCookie(
  cookie: Uint8Array | undefined,
  namespace: Uint8Array
): ReadFrom | undefined {
  if (cookie == null) {
    return undefined
  }

  if (
    cookie.byteLength < CURSOR_BYTES ||
    !uint8ArrayEquals(cookie.subarray(CURSOR_BYTES), namespace)
  ) {
    return 'invalid'
  }

  const byte = cookie[0] as number
  const kind = recordKindOfByte(byte)

  // Of another registry, or of a later version: as with a cursor of the future, all is shown.
  if (kind == null && byte !== NO_KIND) {
    return undefined
  }

  return { cursor: cursorIn(cookie), kind }
}

function cursorIn(cookie: Uint8Array): number {
  const number = new DataView(cookie.buffer, cookie.byteOffset).getBigUint64(0)
  const cursor = BigInt.asUintN(SEQUENCE_BITS, number)

  // No sequence is as high as that, and numbers beyond it are not exact.
  return Number(cursor > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : cursor)
}
