/** Which signed record a registration carries. A new kind is a row in {@link RECORD_KINDS}. */
export type RecordKind = 'peer-record' | 'waku-peer-record' | 'routing-state-record'

/**
 * What tells a kind of record from the others, in an envelope, in stores and in cookies.
 *
 * @see https://github.com/libp2p/specs/blob/master/RFC/0002-signed-envelopes.md
 */
export interface RecordKindRow {
  /** One byte, not zero, that tells kinds apart inside keys of a store and in cookies. Never reused. */
  byte: number
  /** Domain string of the signature. */
  domain: string
  /** Payload type of the envelope. */
  payloadType: Uint8Array
}

/** All kinds there are. Rows may be added; none is ever changed, since stores and cookies hold its byte. */
export const RECORD_KINDS: Readonly<Record<RecordKind, RecordKindRow>> = {
  /** @see https://github.com/libp2p/specs/blob/master/RFC/0003-routing-records.md#signed-envelope-domain-separation-and-payload-type */
  'peer-record': {
    byte: 1,
    domain: 'libp2p-peer-record',
    payloadType: Uint8Array.of(0x03, 0x01)
  },
  /** @see https://github.com/waku-org/specs/blob/master/standards/core/rendezvous.md#wire-specification */
  'waku-peer-record': {
    byte: 2,
    domain: 'libp2p-custom-peer-record',
    payloadType: Uint8Array.of(0x30, 0x00, 0x00)
  },
  /**
   * What Rust peers seal by default, from before the specification had numbers. Nobody else reads
   * it, and they read nothing else.
   *
   * @see https://github.com/libp2p/rust-libp2p/blob/master/core/src/peer_record.rs
   */
  'routing-state-record': {
    byte: 3,
    domain: 'libp2p-routing-state',
    payloadType: new TextEncoder().encode('/libp2p/routing-state-record')
  }
}

/** The kind that a byte of {@link RecordKindRow} stands for, `undefined` for an unknown one. */
export function recordKindOfByte(byte: number): RecordKind | undefined {
  const kinds = Object.keys(RECORD_KINDS) as RecordKind[]

  return kinds.find((kind) => RECORD_KINDS[kind].byte === byte)
}
