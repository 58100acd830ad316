import { randomBytes } from 'node:crypto'

/** Pairs of bytes of a peer id; those of longer ones, which are no peer ids, begin again with the first multiplier. */
const PAIRS = 32

/** Secret: nobody can choose peer ids that meet in one place of an index. */
const MULTIPLIERS = Int32Array.from({ length: PAIRS + 2 }, () => randomBytes(4).readInt32LE())

/**
 * A hash of 32 bits of a peer id, and of a number beside it. Multilinear over pairs of bytes: the upper half of the sum
 * of two ids is the same as seldom as by chance, whoever has chosen them.
 *
 * @see https://arxiv.org/abs/1202.4961
 */
export function hashPeer(peerId: Uint8Array, beside = 0): number {
  const { byteLength } = peerId
  let hash =
    Math.imul(beside & 0xffff, MULTIPLIERS[PAIRS] as number) +
    Math.imul(beside >>> 16, MULTIPLIERS[PAIRS + 1] as number) +
    byteLength

  for (let at = 0, pair = 0; at < byteLength; at += 2, pair = (pair + 1) % PAIRS) {
    // Behind the end is nothing, which counts as zero.
    const value = (peerId[at] as number) | ((peerId[at + 1] ?? 0) << 8)

    hash = (hash + Math.imul(value, MULTIPLIERS[pair] as number)) | 0
  }

  // An index looks at the lowest bits.
  return hash ^ (hash >>> 16)
}
