import { joined } from '../../conformance/protobuf.ts'
import type { Random } from '../random.ts'

/** Bytes at which readers turn off: ends of varints, signs, tags of low fields. */
const INTERESTING_BYTES = [0x00, 0x01, 0x08, 0x0a, 0x12, 0x18, 0x7f, 0x80, 0xff]

const LENGTH_MAX = 24

export type ByteMutation = (bytes: Uint8Array, random: Random) => Uint8Array

/** What can be done to bytes of which nothing is known. */
export const BYTE_MUTATIONS: Readonly<Record<string, ByteMutation>> = {
  flip(bytes, random) {
    const changed = Uint8Array.from(bytes)
    const at = random.below(bytes.byteLength)

    changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8))

    return changed
  },

  set(bytes, random) {
    const changed = Uint8Array.from(bytes)

    changed[random.below(bytes.byteLength)] = random.pick(INTERESTING_BYTES)

    return changed
  },

  insert(bytes, random) {
    const at = random.below(bytes.byteLength + 1)

    return joined(
      bytes.subarray(0, at),
      random.bytes(1 + random.below(LENGTH_MAX)),
      bytes.subarray(at)
    )
  },

  remove(bytes, random) {
    const { from, to } = span(bytes, random)

    return joined(bytes.subarray(0, from), bytes.subarray(to))
  },

  repeat(bytes, random) {
    const { from, to } = span(bytes, random)

    return joined(bytes.subarray(0, to), bytes.subarray(from))
  },

  truncate(bytes, random) {
    return bytes.slice(0, random.below(bytes.byteLength))
  }
}

/** Changed in one place. Bytes of which there are none get some. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.byteLength === 0) {
    return random.bytes(1 + random.below(LENGTH_MAX))
  }

  return random.pick(Object.values(BYTE_MUTATIONS))(bytes, random)
}

function span(bytes: Uint8Array, random: Random): { from: number; to: number } {
  const from = random.below(bytes.byteLength)

  return { from, to: Math.min(from + 1 + random.below(LENGTH_MAX), bytes.byteLength) }
}
