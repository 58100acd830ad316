import fc from 'fast-check'
import { Uint8ArrayList } from 'uint8arraylist'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../src/encode-frame.ts'
import {
  FrameDecoder,
  HeldMemory,
  LENGTH_PREFIX_BYTES_MAX,
  MalformedMessageError,
  RECEIVED_FRAME_BYTES_MAX,
  REQUEST_FRAME_BYTES_MAX
} from '../src/index.ts'

/** All frames that are whole, in order, after each of the chunks was appended. */
function decodeAll(
  chunks: readonly (Uint8Array | Uint8ArrayList)[],
  frames = new FrameDecoder(REQUEST_FRAME_BYTES_MAX)
): Uint8Array[] {
  const decoded: Uint8Array[] = []

  for (const chunk of chunks) {
    frames.append(chunk)

    for (let frame = frames.next(); frame != null; frame = frames.next()) {
      decoded.push(frame)
    }
  }

  return decoded
}

/** A frame of so many bytes, each telling where it is. */
function payload(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index * 7)
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const ends = [...at].map((place) => place % (bytes.byteLength + 1)).sort((a, b) => a - b)

  return [...ends, bytes.byteLength].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

describe('frames within the limits', () => {
  it.for([0, 1, 127, 128, 300, 8191, 8192])('a frame of %i bytes comes out whole', (length) => {
    expect(decodeAll([encodeFrame(payload(length))])).toEqual([payload(length)])
  })

  it('a frame in chunks of one byte comes out once, when its last byte is there', () => {
    const bytes = encodeFrame(payload(300))
    const frames = new FrameDecoder(REQUEST_FRAME_BYTES_MAX)
    const chunks = [...bytes].map((byte) => Uint8Array.of(byte))

    expect(decodeAll(chunks.slice(0, -1), frames)).toEqual([])
    expect(frames.bufferedBytes).toBe(bytes.byteLength - 1)
    expect(decodeAll(chunks.slice(-1), frames)).toEqual([payload(300)])
    expect(frames.bufferedBytes).toBe(0)
  })

  it('a chunk of many frames gives one at a time', () => {
    const frames = new FrameDecoder(REQUEST_FRAME_BYTES_MAX)
    const sizes = Array.from({ length: 2000 }, (_, index) => index % 200)

    frames.append(joined(sizes.map((size) => encodeFrame(payload(size)))))

    for (const size of sizes) {
      const before = frames.bufferedBytes

      expect(frames.next()).toEqual(payload(size))
      expect(frames.bufferedBytes).toBe(before - encodeFrame(payload(size)).byteLength)
    }

    expect(frames.next()).toBeUndefined()
  })

  it('a length of zero is a frame of no bytes', () => {
    expect(decodeAll([Uint8Array.of(0, 0)])).toEqual([new Uint8Array(), new Uint8Array()])
  })

  it('a length in more bytes than it needs, but no more than four, is read', () => {
    expect(decodeAll([Uint8Array.of(0x82, 0x80, 0x80, 0x00, 7, 8)])).toEqual([Uint8Array.of(7, 8)])
  })

  it('a frame that is cut short stays buffered', () => {
    const frames = new FrameDecoder(REQUEST_FRAME_BYTES_MAX)

    frames.append(encodeFrame(payload(300)).subarray(0, 200))

    expect(frames.next()).toBeUndefined()
    expect(frames.bufferedBytes).toBe(200)
  })

  it('a frame does not change when its chunk is written over', () => {
    const frames = new FrameDecoder(REQUEST_FRAME_BYTES_MAX)
    const chunk = encodeFrame(payload(10))

    frames.append(chunk)
    const frame = frames.next()
    chunk.fill(0)

    expect(frame).toEqual(payload(10))
  })

  it('a list of buffers, as libp2p hands it out, is read as one', () => {
    const bytes = encodeFrame(payload(500))
    const list = new Uint8ArrayList(bytes.subarray(0, 1), bytes.subarray(1, 99), bytes.subarray(99))

    expect(decodeAll([list])).toEqual([payload(500)])
  })
})

describe('frames past a limit', () => {
  it('a length of 8193 is refused as soon as it is known', () => {
    expect(() => decodeAll([Uint8Array.of(0x81, 0x40)])).toThrow(MalformedMessageError)
  })

  it.for([1, 100, RECEIVED_FRAME_BYTES_MAX])(
    'a decoder made for %i bytes refuses one more',
    (bytesMax) => {
      const frames = new FrameDecoder(bytesMax)

      expect(decodeAll([encodeFrame(payload(bytesMax))], frames)).toHaveLength(1)
      expect(() => decodeAll([encodeFrame(payload(bytesMax + 1))], frames)).toThrow(
        MalformedMessageError
      )
    }
  )

  it('the longest prefix allowed is read: four bytes', () => {
    const prefix = new Uint8Array(LENGTH_PREFIX_BYTES_MAX).fill(0xff)

    prefix[3] = 0x7f

    expect(() => decodeAll([prefix])).toThrow(`frame of ${2 ** 28 - 1} bytes, limit 8192`)
  })

  it('a prefix of five bytes is refused, also one that says a small number', () => {
    const small = Uint8Array.of(0x81, 0x80, 0x80, 0x80, 0x00, 7)

    expect(() => decodeAll([small])).toThrow('length prefix does not end')
  })

  it('a prefix that never ends is refused at its fifth byte, not before', () => {
    const frames = new FrameDecoder(REQUEST_FRAME_BYTES_MAX)
    const endless = Uint8Array.of(0xff)

    expect(decodeAll([endless, endless, endless, endless], frames)).toEqual([])
    expect(() => decodeAll([endless], frames)).toThrow(MalformedMessageError)
  })

  it('frames ahead of one that is refused come out first', () => {
    const frames = new FrameDecoder(REQUEST_FRAME_BYTES_MAX)

    frames.append(joined([encodeFrame(payload(3)), Uint8Array.of(0x81, 0x40)]))

    expect(frames.next()).toEqual(payload(3))
    expect(() => frames.next()).toThrow(MalformedMessageError)
  })
})

it('any frames, cut at any places, come out the same', () => {
  const framesAndCuts = fc.record({
    payloads: fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.constantFrom(127, 128, 8192).map((length) => payload(length))
      ),
      { maxLength: 12 }
    ),
    at: fc.array(fc.nat(20_000), { maxLength: 40 })
  })

  fc.assert(
    fc.property(framesAndCuts, ({ payloads, at }) => {
      const chunks = cut(joined(payloads.map((bytes) => encodeFrame(bytes))), at)

      expect(decodeAll(chunks)).toEqual(payloads)
    }),
    { numRuns: 300 }
  )
})

it('any bytes at all give frames, or wait, or are refused as malformed', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (chunks) => {
      try {
        for (const frame of decodeAll(chunks)) {
          expect(frame.byteLength).toBeLessThanOrEqual(REQUEST_FRAME_BYTES_MAX)
        }
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedMessageError)
      }
    })
  )
})

it('a frame that comes byte by byte is read as it was sent', () => {
  const frames = new FrameDecoder(REQUEST_FRAME_BYTES_MAX, new HeldMemory())

  for (const byte of encodeFrame(payload(1000))) {
    frames.append(Uint8Array.of(byte))
  }

  expect(frames.next()).toEqual(payload(1000))
})

it('the beginning of a frame does not hold back what was read along with it', () => {
  const read = new Uint8Array(64 * 1024)
  const frames = new FrameDecoder(REQUEST_FRAME_BYTES_MAX, new HeldMemory())
  const whole = encodeFrame(payload(5000))

  read.set([...whole, ...whole.subarray(0, 100)])
  frames.append(read.subarray(0, whole.byteLength + 100))
  frames.next()

  expect(frames.next()).toBeUndefined()
  expect(memoryOf(frames.takeRest())).toBe(100)
})

it('what comes after the last frame is handed to another reader, and is gone', () => {
  const frames = new FrameDecoder(REQUEST_FRAME_BYTES_MAX)

  frames.append(joined([encodeFrame(payload(3)), payload(5)]))
  frames.next()

  expect(frames.takeRest().slice()).toEqual(payload(5))
  expect(frames.bufferedBytes).toBe(0)
})

function memoryOf(bytes: Iterable<Uint8Array>): number {
  return [...bytes].reduce((sum, piece) => sum + piece.buffer.byteLength, 0)
}
