import { equals as uint8ArrayEquals } from 'uint8arrays/equals'
import { VERIFIED_ENVELOPES_MAX } from '../limits.ts'
import type { RecordKind } from './record-kind.ts'
import type { VerifiedPeerRecord } from './verify-peer-record.ts'

/**
 * The envelopes last verified on one connection, so that a peer which sends the same bytes again
 * (a refresh, or one record for many namespaces) pays for one verification. Whole bytes and kind
 * are compared. At most {@link VERIFIED_ENVELOPES_MAX}, the oldest goes first.
 */
export class VerifiedEnvelopes {
  readonly #known: { kind: RecordKind; bytes: Uint8Array; record: VerifiedPeerRecord }[] = []

  get(bytes: Uint8Array, kind: RecordKind): VerifiedPeerRecord | undefined {
    return this.#known.find((known) => known.kind === kind && uint8ArrayEquals(known.bytes, bytes))
      ?.record
  }

  /** Keeps the bytes as they are: they must not be a view on something larger. */
  add(bytes: Uint8Array, kind: RecordKind, record: VerifiedPeerRecord): void {
    if (this.#known.length === VERIFIED_ENVELOPES_MAX) {
      this.#known.shift()
    }

    this.#known.push({ kind, bytes, record })
  }
}
