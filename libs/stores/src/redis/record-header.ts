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

export function parseStoredRecord(stored: Buffer): StoredRecord {
  return {
    expiresAtMs: stored.readDoubleBE(0),
    sequence: stored.readDoubleBE(8),
    record: stored.subarray(HEADER_BYTES)
  }
}
