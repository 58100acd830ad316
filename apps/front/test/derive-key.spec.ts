import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect, it } from 'vitest'
import { deriveKey } from '../src/identity/derive-key.ts'
import { ordinalOfHost } from '../src/identity/load-identity.ts'

/** The bytes 0 to 31. */
const seed = Uint8Array.from({ length: 32 }, (_, index) => index)

// Made with OpenSSL's HKDF and Ed25519, not with this code. They must never change: operators
// publish the peer ids.
it.each([
  [0, '12D3KooWSLiCgn55osiyBCFRgnA3Gd3t7toXZLHWSvCAnvg8nQKk'],
  [1, '12D3KooWEutPbhDXwpCmjVxntYb3yW3Tcnpwdt2ZpLKRu2tXJfqD'],
  [2, '12D3KooWQMNy2GmvgXZdRh5vpmkscytdNQXUnW4WcYXxkFyAWv2w']
])('ordinal %i of the cluster "rendezvous" is %s', async (ordinal, peerId) => {
  const key = await deriveKey(seed, 'rendezvous', ordinal)

  expect(peerIdFromPrivateKey(key).toString()).toBe(peerId)
})

it('another cluster name gives another peer id', async () => {
  const key = await deriveKey(seed, 'other', 0)

  expect(peerIdFromPrivateKey(key).toString()).not.toBe(
    '12D3KooWSLiCgn55osiyBCFRgnA3Gd3t7toXZLHWSvCAnvg8nQKk'
  )
})

it.each([
  ['rendezvous-2', 2],
  ['front12', 12],
  ['node-007', 7]
])('the host name %s has the ordinal %i', (host, ordinal) => {
  expect(ordinalOfHost(host)).toBe(ordinal)
})

it.each(['localhost', 'ip-10012345', '123456'])(
  'the host name %s has no ordinal, and the error says what to do',
  (host) => {
    expect(() => ordinalOfHost(host)).toThrow('--ordinal <n>')
  }
)
