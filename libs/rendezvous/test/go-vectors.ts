import { readFileSync } from 'node:fs'

/** Bodies as Go reads them: int64 as decimal texts, bytes as hex; an absent body has no key. */
export interface GoRegister {
  ns: string
  signedPeerRecord: string
  ttl: string
}

export interface GoRequest {
  name: string
  hex: string
  framedHex: string
  /** Bytes that no proto3 marshaller writes. */
  handmade?: boolean
  /** `null` where Go's unmarshaller refuses the frame. */
  fields: {
    type: number
    register?: GoRegister
    discover?: { ns: string; limit: string }
  } | null
}

export interface GoResponse {
  name: string
  hex: string
  framedHex: string
  fields: {
    type: number
    registerResponse?: { status: number; statusText: string; ttl: string }
    discoverResponse?: { status: number; statusText: string; registrations: GoRegister[] }
  }
}

export interface GoEnvelope {
  name: string
  keyType: string
  peerIdHex: string
  envelopeHex: string
  seq: string
  multiaddrs: string[]
  /** go-libp2p's verdict. */
  verifies: boolean
}

export interface GoVectors {
  requests: GoRequest[]
  responses: GoResponse[]
  envelopes: GoEnvelope[]
  invalidEnvelopes: GoEnvelope[]
}

/** Bytes made by the Go implementation; `test/interop/go-waku/testdata/README.md` says how. */
export const goVectors: GoVectors = JSON.parse(
  readFileSync(
    new URL('../../../test/interop/go-waku/testdata/vectors.json', import.meta.url),
    'utf8'
  )
)

/** One of a list of vectors, by its name. */
export function vectorNamed<Vector extends { name: string }>(
  vectors: readonly Vector[],
  name: string
): Vector {
  const found = vectors.find((vector) => vector.name === name)

  if (found == null) {
    throw new Error(`no vector named ${name}`)
  }

  return found
}

export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
