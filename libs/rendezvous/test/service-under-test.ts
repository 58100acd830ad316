import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'
import { multiaddr } from '@multiformats/multiaddr'
import { vi } from 'vitest'
import {
  type DiscoverRequest,
  Namespace,
  PeerSession,
  type RegisterRequest,
  RendezvousService,
  type Response,
  type SignatureVerifier,
  verifySignature
} from '../src/index.ts'
import { fakeStore } from './fake-store.ts'
import { wakuRules } from './waku-rules.ts'

/** The peer whose connection it is, and somebody else. */
export const privateKey = await generateKeyPair('Ed25519')
export const foreignKey = await generateKeyPair('Ed25519')
export const peerId = privateKey.publicKey.toMultihash().bytes

/** Sealed by libp2p. */
export const signedPeerRecord = await seal(privateKey)
export const foreignRecord = await seal(foreignKey)
export const namespace = Namespace.fromText('/waku/2/default')

async function seal(key: PrivateKey): Promise<Uint8Array> {
  const record = new PeerRecord({
    peerId: peerIdFromPrivateKey(key),
    multiaddrs: [multiaddr('/ip4/192.0.2.1/tcp/60000')]
  })

  return (await RecordEnvelope.seal(record, key)).marshal()
}

/** A sound REGISTER, or one with these fields. */
export const register = (fields: Partial<RegisterRequest> = {}): RegisterRequest => ({
  type: 'register',
  namespace: namespace.bytes,
  signedPeerRecord,
  ...fields
})

export const refused = (status: Response['status'], statusText: string): Partial<Response> => ({
  status,
  statusText
})

/** A service on a store that is asked nothing real, and one connection to it. */
export function serviceUnderTest() {
  const session = new PeerSession(peerId)
  const store = fakeStore()
  const onError = vi.fn()
  const metrics = { verifyCache: vi.fn(), capReached: vi.fn(), policyRefused: vi.fn() }
  const verify = vi.fn<SignatureVerifier>(verifySignature)
  const service = new RendezvousService({ store, onError, metrics, verifySignature: verify })

  return {
    service,
    session,
    store,
    onError,
    metrics,
    verify,
    handle: async (request: RegisterRequest | DiscoverRequest) =>
      service.handle(request, { rules: wakuRules, session, withinMs: 3000 })
  }
}
