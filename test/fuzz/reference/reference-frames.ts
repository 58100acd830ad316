/** What is in a stream of frames. */
export interface FramesRead {
  frames: Uint8Array[]
  /** Whether it is no stream of frames from some byte on. */
  isRefused: boolean
  /** Of a frame that is not yet whole. */
  bufferedBytes: number
}

/** All frames at once, from the limits alone: a prefix of at most four bytes, a bounded length. */
export function referenceFrames(input: Uint8Array, frameBytesMax: number): FramesRead {
  const frames: Uint8Array[] = []
  let rest = input

  for (;;) {
    const prefix = rest.subarray(0, rest.subarray(0, 5).findIndex((byte) => byte < 0x80) + 1)
    const isWhole = prefix.byteLength > 0
    const length = prefix.reduceRight((sum, byte) => sum * 128 + (byte & 0x7f), 0)

    if (prefix.byteLength > 4 || (!isWhole && rest.byteLength > 4) || length > frameBytesMax) {
      return { frames, isRefused: true, bufferedBytes: 0 }
    }

    if (!isWhole || rest.byteLength < prefix.byteLength + length) {
      return { frames, isRefused: false, bufferedBytes: rest.byteLength }
    }

    frames.push(rest.slice(prefix.byteLength, prefix.byteLength + length))
    rest = rest.subarray(prefix.byteLength + length)
  }
}
