import type { RecordKind } from './signed-peer-record/record-kind.ts'
import { VerifiedEnvelopes } from './signed-peer-record/verified-envelopes.ts'

/** The authenticated peer at the other end of one connection, and what is remembered for it. */
export class PeerSession {
  /** The peer id as its multihash. */
  readonly peerId: Uint8Array
  /** Where it is, as its connection shows: 4 or 16 bytes. Absent where that is no IP network. */
  readonly ip?: Uint8Array
  readonly verifiedEnvelopes = new VerifiedEnvelopes()
  /** Of a dialect with several kinds of record: the one that the peer has shown, and so can read. */
  recordKind?: RecordKind

  constructor(peerId: Uint8Array, { ip }: { ip?: Uint8Array } = {}) {
    this.peerId = peerId
    this.ip = ip
  }
}
