/** Bytes before the envelope in a stored record, written by `put-8.lua`. */
const HEADER_BYTES = 32

/** What is stored of a registration besides its key. */
export interface StoredRecord {
  /** End of the TTL, without grace, in milliseconds of Redis time. */
  expiresAtMs: number
  sequence: number
  /** The signed envelope: a view on what was read. */
  record: Uint8Array
}

/** @param bytes - of which `start` to `end` were stored */
export function parseStoredRecord(bytes: Buffer, start = 0, end = bytes.byteLength): StoredRecord {
  return {
    expiresAtMs: bytes.readDoubleBE(start),
    sequence: bytes.readDoubleBE(start + 8),
    record: bytes.subarray(start + HEADER_BYTES, end)
  }
}
