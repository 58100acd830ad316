import { FrameDecoder, HeldMemory, MalformedMessageError } from '@rendezvous-cluster/wire'
import { framed, joined, varint } from '../../conformance/protobuf.ts'
import { mutateBytes } from '../mutate/byte-mutations.ts'
import { padded } from '../mutate/varint-forms.ts'
import { Random } from '../random.ts'
import { type FramesRead, referenceFrames } from '../reference/reference-frames.ts'
import { assertInvariant, describeValue, type FuzzTarget } from '../target.ts'
import { cut } from './cut.ts'

/** Small, so that frames above it are short. */
const FRAME_BYTES_MAX = 512

const LENGTHS = [0, 1, 127, 128, FRAME_BYTES_MAX, FRAME_BYTES_MAX + 1, 2 ** 28 - 1, 2 ** 28]

/** Ways to cut that each input is tried in. */
const CUTS = 3

/** The same bytes give the same frames in whatever chunks they come, and what is refused always is. */
export const frameTarget: FuzzTarget = {
  name: 'frames',
  slowMs: 500,
  inputBytesMax: 4096,

  generate: (random) =>
    joined(...Array.from({ length: 1 + random.below(6) }, () => randomFrame(random))),

  mutate: mutateBytes,

  execute(input) {
    const expected = referenceFrames(input, FRAME_BYTES_MAX)

    assertSame(read([input]), expected, 'in one chunk')
    assertSame(read([...input].map((byte) => Uint8Array.of(byte))), expected, 'byte by byte')

    for (let seed = 0; seed < CUTS; seed++) {
      assertSame(read(cut(input, new Random(seed))), expected, `cut by seed ${seed}`)
    }

    return []
  }
}

function randomFrame(random: Random): Uint8Array {
  if (random.chance(0.7)) {
    return framed(random.bytes(random.below(40)))
  }

  const length = random.pick(LENGTHS)
  const prefix = random.chance(0.5) ? varint(length) : padded(length, 1 + random.below(5))

  return joined(prefix, random.bytes(Math.min(length, FRAME_BYTES_MAX + 2)))
}

function read(chunks: readonly Uint8Array[]): FramesRead {
  const decoder = new FrameDecoder(FRAME_BYTES_MAX, new HeldMemory())
  const frames: Uint8Array[] = []

  try {
    for (const chunk of chunks) {
      decoder.append(chunk)

      for (let frame = decoder.next(); frame != null; frame = decoder.next()) {
        frames.push(frame)
      }
    }
  } catch (error) {
    if (error instanceof MalformedMessageError) {
      return { frames, isRefused: true, bufferedBytes: 0 }
    }

    throw error
  }

  return { frames, isRefused: false, bufferedBytes: decoder.bufferedBytes }
}

function assertSame(read: FramesRead, expected: FramesRead, how: string): void {
  assertInvariant(
    describeValue(read) === describeValue(expected),
    `${how}: ${describeValue(read)}, expected: ${describeValue(expected)}`
  )
}
