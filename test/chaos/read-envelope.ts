import { peerIdFromPublicKey } from '@libp2p/peer-id'
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'

/** Envelopes that are remembered: each is in thousands of answers. */
const KNOWN_MAX = 20_000

/** What an envelope says, and its signer stands for. */
export interface ReadEnvelope {
  peer: string
  /** In the peer's order. */
  addresses: string[]
}

/**
 * Reads envelopes as any peer of libp2p does, with libp2p's own code: what the server overlooks is
 * not overlooked here for the same reason.
 */
export class EnvelopeReader {
  readonly #known = new Map<string, ReadEnvelope | undefined>()

  /** @returns `undefined` for one that is forged: its signer has not said that, or not of itself */
  async read(envelope: Uint8Array): Promise<ReadEnvelope | undefined> {
    const key = Buffer.from(envelope).toString('latin1')

    if (this.#known.has(key)) {
      return this.#known.get(key)
    }

    const read = await readEnvelope(envelope).catch(() => undefined)

    if (this.#known.size >= KNOWN_MAX) {
      this.#known.clear()
    }

    this.#known.set(key, read)

    return read
  }
}

/** @throws Error for one that cannot be read, or is not signed by the key in it */
async function readEnvelope(bytes: Uint8Array): Promise<ReadEnvelope | undefined> {
  const envelope = await RecordEnvelope.openAndCertify(bytes, PeerRecord.DOMAIN)
  const { peerId, multiaddrs } = PeerRecord.createFromProtobuf(envelope.payload)

  if (!peerIdFromPublicKey(envelope.publicKey).equals(peerId)) {
    return undefined
  }

  return { peer: peerId.toString(), addresses: multiaddrs.map(String) }
}
