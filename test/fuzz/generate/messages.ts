import type { DialectName } from '@rendezvous-cluster/wire'
import { joined, text } from '../../conformance/protobuf.ts'
import { INTERESTING_NUMBERS } from '../mutate/field-mutations.ts'
import type { Random } from '../random.ts'
import { encodeReference, MESSAGE_TYPES } from '../reference/message-types.ts'

const NAMESPACES = [
  ...['n', '/waku/2/default', 'ünïcödé', 'x'.repeat(255), 'x'.repeat(256)].map(text),
  new Uint8Array(),
  Uint8Array.of(0xff, 0xfe),
  // Waku's static shards: cluster id and shard, in binary.
  Uint8Array.of(0x72, 0x73, 0x00, 0x01, 0x01, 0x00, 0x07)
]

const STATUSES = [0, 100, 101, 102, 103, 200, 300, 400, -1, 2 ** 31 - 1]

const TYPES = {
  waku: { register: 0, registerResponse: 1, unregister: 0, discover: 2, discoverResponse: 3 },
  libp2p: { register: 0, registerResponse: 1, unregister: 2, discover: 3, discoverResponse: 4 }
}

/** A REGISTER, UNREGISTER or DISCOVER, its zeros written or left out. */
export function randomRequest(
  dialect: DialectName,
  random: Random,
  record: Uint8Array = random.bytes(random.below(60))
): Uint8Array {
  const types = dialect === 'waku' ? TYPES.waku : TYPES.libp2p
  const ns = maybe(random, randomNamespace(random))

  switch (random.below(dialect === 'waku' ? 2 : 3)) {
    case 0:
      return encode(dialect, {
        type: maybe(random, types.register),
        register: {
          ns,
          signedPeerRecord: maybe(random, record),
          ttl: maybe(random, number(random))
        }
      })
    case 1:
      return encode(dialect, {
        type: types.discover,
        discover: {
          ns,
          limit: maybe(random, number(random)),
          ...(dialect === 'waku' ? {} : { cookie: maybe(random, randomCookie(random, ns)) })
        }
      })
    default:
      return encode(dialect, {
        type: types.unregister,
        unregister: { ns, id: random.chance(0.2) ? random.bytes(38) : undefined }
      })
  }
}

export function randomResponse(dialect: DialectName, random: Random): Uint8Array {
  const types = dialect === 'waku' ? TYPES.waku : TYPES.libp2p
  const status = maybe(random, random.pick(STATUSES))
  const statusText = maybe(random, random.pick(['', 'bad ttl', '\ufeffünïcödé \u{1f600}']))

  if (random.chance(0.3)) {
    return encode(dialect, {
      type: types.registerResponse,
      registerResponse: { status, statusText, ttl: maybe(random, number(random)) }
    })
  }

  return encode(dialect, {
    type: types.discoverResponse,
    discoverResponse: {
      registrations: Array.from({ length: random.below(4) }, () => ({
        ns: maybe(random, randomNamespace(random)),
        signedPeerRecord: maybe(random, random.bytes(random.below(60))),
        ttl: maybe(random, number(random))
      })),
      status,
      statusText,
      ...(dialect === 'waku' ? {} : { cookie: maybe(random, random.bytes(random.below(12))) })
    }
  })
}

export function randomNamespace(random: Random): Uint8Array {
  return random.pick(NAMESPACES)
}

/** One of this namespace, or nearly so. */
export function randomCookie(random: Random, namespace: Uint8Array = new Uint8Array()): Uint8Array {
  const kind = Uint8Array.of(random.chance(0.9) ? random.below(4) : random.below(256))
  const cursor = random.chance(0.8) ? joined(new Uint8Array(5), random.bytes(2)) : random.bytes(7)
  const suffix = random.chance(0.9) ? namespace : randomNamespace(random)

  return joined(kind, cursor, suffix)
}

function encode(dialect: DialectName, message: object): Uint8Array {
  return encodeReference(dialect === 'waku' ? MESSAGE_TYPES.waku : MESSAGE_TYPES.libp2p, message)
}

function maybe<T>(random: Random, value: T): T | undefined {
  return random.chance(0.85) ? value : undefined
}

function number(random: Random): bigint {
  return random.chance(0.5) ? BigInt(random.below(1000)) : random.pick(INTERESTING_NUMBERS)
}
