import type { Random } from '../random.ts'

/** Bytes in chunks of a few, or of many. */
export function cut(bytes: Uint8Array, random: Random): Uint8Array[] {
  const chunks: Uint8Array[] = []

  for (let from = 0; from < bytes.byteLength; ) {
    const to = from + 1 + random.below(random.chance(0.1) ? 4 : 300)

    chunks.push(bytes.subarray(from, to))
    from = to
  }

  return chunks
}
