import type { DialectName } from '@rendezvous-cluster/wire'
import { framed, joined } from '../../conformance/protobuf.ts'
import { mutateBytes } from '../mutate/byte-mutations.ts'
import { mutateMessage } from '../mutate/mutate-message.ts'
import type { Random } from '../random.ts'
import { referenceFrames } from '../reference/reference-frames.ts'
import { randomRequest } from './messages.ts'
import { KEYS, randomRecord } from './sealed-records.ts'

/** What a peer sends on one stream, whose key is the first of {@link KEYS}. */
export interface RequestStreamInput {
  dialect: DialectName
  /** Whether others fill its namespace before. */
  isFull: boolean
  /** How the bytes are cut on their way. */
  cutSeed: number
  bytes: Uint8Array
}

const DIALECT_NAMES: readonly DialectName[] = ['waku', 'libp2p', 'waku1']

const KINDS = {
  waku: ['peer-record'],
  libp2p: ['peer-record', 'routing-state-record'],
  waku1: ['waku-peer-record']
} as const

const REQUESTS_MAX = 8

/** Filling a namespace takes longer than all the rest. */
const FULL_SHARE = 0.02

/** How often a request is damaged ahead of being framed. */
const DAMAGE_SHARE = 0.15

/** An input is a byte for each of the first three, and what is sent. */
export function parseRequestStream(input: Uint8Array): RequestStreamInput {
  const [dialect = 0, isFull = 0, cutSeed = 0] = input

  return {
    dialect: DIALECT_NAMES[dialect % DIALECT_NAMES.length] as DialectName,
    isFull: isFull === 1,
    cutSeed,
    bytes: input.subarray(3)
  }
}

export async function randomRequestStream(random: Random): Promise<Uint8Array> {
  const index = random.below(DIALECT_NAMES.length)
  const dialect = DIALECT_NAMES[index] as DialectName
  const frames: Uint8Array[] = []

  for (let count = 1 + random.below(REQUESTS_MAX); count > 0; count--) {
    frames.push(framed(await randomMessage(dialect, random)))

    // As peers do that refresh: the same bytes, or the same record in another request.
    if (random.chance(0.2)) {
      frames.push(random.pick(frames))
    }
  }

  return joined(
    Uint8Array.of(index, random.chance(FULL_SHARE) ? 1 : 0, random.below(256)),
    ...frames
  )
}

/** Another request in place of one, other frames, or other bytes. */
export function mutateRequestStream(input: Uint8Array, random: Random): Uint8Array {
  const header = input.subarray(0, 3)
  const { frames } = referenceFrames(input.subarray(3), Number.POSITIVE_INFINITY)

  if (frames.length === 0 || random.chance(0.3)) {
    return joined(header, mutateBytes(input.subarray(3), random))
  }

  const at = random.below(frames.length)
  const changed = frames[at] as Uint8Array

  switch (random.below(5)) {
    case 0:
      return joined(header, ...frames.toSpliced(at, 1).map(framed))
    case 1:
      return joined(header, ...frames.toSpliced(at, 0, changed).map(framed))
    case 2:
      return joined(header, ...random.shuffled(frames).map(framed))
    default:
      return joined(header, ...frames.with(at, mutateMessage(changed, random)).map(framed))
  }
}

async function randomMessage(dialect: DialectName, random: Random): Promise<Uint8Array> {
  const record = await randomRecord(random.pick(KINDS[dialect]), random, KEYS[0])
  const request = randomRequest(dialect, random, record)

  return random.chance(DAMAGE_SHARE) ? mutateMessage(request, random) : request
}
