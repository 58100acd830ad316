import type { ReadFrom } from '@rendezvous-cluster/rendezvous'
import { equals as uint8ArrayEquals } from 'uint8arrays/equals'

/** Bytes of the cursor, ahead of the namespace. */
const CURSOR_BYTES = 8

/**
 * Where a reader of pages goes on: the cursor as eight bytes, big-endian, and the namespace it is
 * of (empty for all). Any front node can read it, and no table has to keep it.
 *
 * Rust peers take no other form: at least eight bytes, and UTF-8 behind them.
 *
 * @see https://github.com/libp2p/rust-libp2p/blob/master/protocols/rendezvous/src/codec.rs
 */
export function encodeCookie(cursor: number, namespace: Uint8Array): Uint8Array<ArrayBuffer> {
  const cookie = new Uint8Array(CURSOR_BYTES + namespace.byteLength)

  new DataView(cookie.buffer).setBigUint64(0, BigInt(cursor))
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

  const cursor = new DataView(cookie.buffer, cookie.byteOffset).getBigUint64(0)

  // No sequence is as high as that, and numbers beyond it are not exact.
  return Number(cursor > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : cursor)
}
