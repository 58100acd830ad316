import type { Registration, RegistrationStore } from '@rendezvous-cluster/rendezvous'
import {
  canonicalKey,
  isSignedBy,
  referenceEnvelope,
  referencePayload
} from '../reference/reference-record.ts'
import { assertInvariant } from '../target.ts'

/**
 * Has a store look at what it is given from now on: nothing but sound records of their own peer.
 *
 * @param peerId - of the only peer that registers
 */
export function checkPuts(store: RegistrationStore, peerId: Uint8Array): void {
  const put = store.put.bind(store)

  store.put = async (registration, options) => {
    assertInvariant(await isSound(registration, peerId), 'a forged record is stored')
    await put(registration, options)
  }
}

async function isSound(registration: Registration, expected: Uint8Array): Promise<boolean> {
  const { kind, peerId, record, ttlSeconds } = registration
  const envelope = referenceEnvelope(record)
  const key = envelope && canonicalKey(envelope.publicKey)
  const payload = envelope && referencePayload(envelope.payload, kind)

  return (
    envelope != null &&
    key != null &&
    payload != null &&
    ttlSeconds > 0 &&
    Buffer.compare(peerId, expected) === 0 &&
    Buffer.compare(payload.peerId, expected) === 0 &&
    (await isSignedBy(key, kind, { ...envelope, peerId }))
  )
}
