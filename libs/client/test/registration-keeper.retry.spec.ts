import { generateKeyPair } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { Namespace } from '@rendezvous-cluster/rendezvous'
import { expect, it } from 'vitest'
import { NoPointError } from '../src/errors.ts'
import { OwnRecord } from '../src/own-record.ts'
import type { StickyPoint } from '../src/points/sticky-point.ts'
import { RegistrationKeeper } from '../src/registration-keeper.ts'

const TTL_SECONDS = 20

it('a registration that has run out is asked for within a second at first, then ever more seldom', async () => {
  let nowMs = 0
  let asked = 0
  const waitsSinceExpiryMs: number[] = []
  const { promise: seenEnough, resolve: see } = Promise.withResolvers<void>()
  const sticky: Pick<StickyPoint, 'ask'> = {
    ask: async <T>() => {
      if (asked++ === 0) {
        return { ttlSeconds: TTL_SECONDS, point: 'the first' } as T
      }

      throw new NoPointError([new Error('gone')])
    }
  }
  const keeper = new RegistrationKeeper({
    namespace: Namespace.fromText('test'),
    record: new OwnRecord({
      privateKey: await generateKeyPair('Ed25519'),
      addresses: () => [multiaddr('/ip4/192.0.2.1/tcp/4001')]
    }),
    sticky: sticky as StickyPoint,
    onChange: () => {},
    now: () => nowMs,
    random: () => 0.5,
    wait: async (ms) => {
      if (nowMs >= TTL_SECONDS * 1000) {
        waitsSinceExpiryMs.push(ms)
      }

      nowMs += ms

      if (waitsSinceExpiryMs.length === 8) {
        see()
        await new Promise(setImmediate)
      }
    }
  })

  keeper.start()
  await seenEnough
  await keeper.stop()

  expect(waitsSinceExpiryMs.slice(0, 8)).toEqual([
    1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000
  ])
})
