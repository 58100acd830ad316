/** What the protocols demand, written down once more: not taken from what is under test. */
export type ProtocolName = 'waku' | 'libp2p' | 'waku1'

export interface Protocol {
  name: ProtocolName
  /** As negotiated. */
  id: string
  /** Numbers of the messages; REGISTER is 0 and its response 1 everywhere. */
  types: { unregister?: number; discover: number; discoverResponse: number; unknown: number }
  /** Fields that hold the bodies; REGISTER's is 2 and its response's 3 everywhere. */
  bodies: { unregister?: number; discover: number; discoverResponse: number }
  ttlSeconds: { default: number; max: number }
  namespaceBytesMax: number
  /** Domain and payload type of its signed records. */
  record: { domain: string; payloadType: Uint8Array }
  /** Status of a REGISTER with somebody else's record. */
  ownerMismatchStatus: number
  /** Whether DISCOVER reads pages with cookies, also over all namespaces. */
  isPaged: boolean
}

const PEER_RECORD = { domain: 'libp2p-peer-record', payloadType: Uint8Array.of(0x03, 0x01) }
const WAKU_PEER_RECORD = {
  domain: 'libp2p-custom-peer-record',
  payloadType: Uint8Array.of(0x30, 0x00, 0x00)
}

/** @see https://github.com/waku-org/go-waku-rendezvous#protobuf */
const waku: Protocol = {
  name: 'waku',
  id: '/vac/waku/rendezvous/0.0.1',
  types: { discover: 2, discoverResponse: 3, unknown: 4 },
  bodies: { discover: 4, discoverResponse: 5 },
  ttlSeconds: { default: 20, max: 20 },
  namespaceBytesMax: 256,
  record: PEER_RECORD,
  ownerMismatchStatus: 101,
  isPaged: false
}

/** @see https://github.com/libp2p/specs/blob/master/rendezvous/README.md#protobuf */
const libp2p: Protocol = {
  name: 'libp2p',
  id: '/rendezvous/1.0.0',
  types: { unregister: 2, discover: 3, discoverResponse: 4, unknown: 5 },
  bodies: { unregister: 4, discover: 5, discoverResponse: 6 },
  ttlSeconds: { default: 7200, max: 259_200 },
  namespaceBytesMax: 255,
  record: PEER_RECORD,
  ownerMismatchStatus: 200,
  isPaged: true
}

/** @see https://github.com/waku-org/specs/blob/master/standards/core/rendezvous.md */
const waku1: Protocol = {
  ...libp2p,
  name: 'waku1',
  id: '/vac/waku/rendezvous/1.0.0',
  ttlSeconds: { default: 60, max: 259_200 },
  record: WAKU_PEER_RECORD
}

export const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = { waku, libp2p, waku1 }

export const ALL: readonly ProtocolName[] = ['waku', 'libp2p', 'waku1']
export const PAGED: readonly ProtocolName[] = ['libp2p', 'waku1']
export const SAMPLED: readonly ProtocolName[] = ['waku']
