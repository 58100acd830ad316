import { varint } from '../../conformance/protobuf.ts'

/** The same number in so many bytes, more than it needs: all readers know that form, few write it. */
export function padded(number: bigint | number, byteLength: number): Uint8Array {
  const short = varint(number)
  const bytes = new Uint8Array(Math.max(byteLength, short.byteLength)).fill(0x80)

  bytes.set(short)

  if (bytes.byteLength > short.byteLength) {
    bytes[short.byteLength - 1] = (short.at(-1) as number) | 0x80
    bytes[bytes.byteLength - 1] = 0
  }

  return bytes
}

/** A number with bits set beyond the 64th, in ten bytes. */
export function overflowing(number: bigint | number): Uint8Array {
  const bytes = padded(number, 10)

  bytes[9] = 0x7f

  return bytes
}

/** So many bytes, of which none is the last. */
export function endless(byteLength: number): Uint8Array {
  return new Uint8Array(byteLength).fill(0xff)
}
