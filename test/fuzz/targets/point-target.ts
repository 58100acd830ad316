import {
  Namespace,
  type RecordKind,
  type RegistrationStore,
  type Request
} from '@rendezvous-cluster/rendezvous'
import { MemoryStore } from '@rendezvous-cluster/stores'
import { peerIdOf } from '@rendezvous-cluster/stores/compliance'
import {
  type Dialect,
  type DialectName,
  MalformedMessageError,
  REQUEST_FRAME_BYTES_MAX,
  RESPONSE_FRAME_BYTES_MAX
} from '@rendezvous-cluster/wire'
import {
  mutateRequestStream,
  parseRequestStream,
  randomRequestStream
} from '../generate/request-streams.ts'
import { KEYS } from '../generate/sealed-records.ts'
import { Random } from '../random.ts'
import { referenceFrames } from '../reference/reference-frames.ts'
import { referenceResponse } from '../reference/reference-response.ts'
import { assertInvariant, describeValue, type FuzzTarget } from '../target.ts'
import { checkPuts } from './check-puts.ts'
import { cut } from './cut.ts'
import { MESSAGES_PER_STREAM, type ServedStream, serveStream } from './serve-stream.ts'
import { StreamPairs } from './stream-pairs.ts'

/** What must come of a stream, by the specifications and the limits. */
interface Expected {
  /** Types of the answers, in the order of their requests. */
  answers: Request['type'][]
  /** Requests ahead of the one that is refused, those without an answer too. */
  handled: number
  rejected?: 'malformed' | 'messages-per-stream'
}

const OTHER_PEERS = 300
const OTHER_RECORD_BYTES = 4096

const peerId = (KEYS[0] as (typeof KEYS)[number]).publicKey.toMultihash().bytes
const pairs = new StreamPairs()

/**
 * A point on a store of its own serves one stream: an answer to each request, in order, and a reset
 * at the first thing that is none; nothing forged is stored, and no answer is too long.
 */
export function pointTarget(dialects: Readonly<Record<DialectName, Dialect>>): FuzzTarget {
  return {
    name: 'point',
    slowMs: 3000,
    inputBytesMax: 8 * REQUEST_FRAME_BYTES_MAX,
    generate: randomRequestStream,
    mutate: mutateRequestStream,

    async execute(input) {
      const { dialect: name, isFull, cutSeed, bytes } = parseRequestStream(input)
      const dialect = dialects[name]
      const store = new MemoryStore({ now: () => 0 })

      if (isFull) {
        await fill(store, dialect.rules.recordKind)
      }

      checkPuts(store, peerId)

      const chunks = cut(bytes, new Random(cutSeed))
      const served = await serveStream({ pairs, dialect, store, peerId, chunks })

      assertServed(served, expectedOf(bytes, dialect), name)

      return []
    }
  }
}

/** So many registrations that an answer cannot hold them all. */
async function fill(store: RegistrationStore, kind: RecordKind): Promise<void> {
  const namespace = Namespace.fromText('n')

  for (let peer = 0; peer < OTHER_PEERS; peer++) {
    await store.put({
      kind,
      namespace,
      peerId: peerIdOf(peer),
      record: new Uint8Array(OTHER_RECORD_BYTES),
      ttlSeconds: 20,
      isListed: true
    })
  }
}

function expectedOf(bytes: Uint8Array, dialect: Dialect): Expected {
  const { frames, isRefused, bufferedBytes } = referenceFrames(bytes, REQUEST_FRAME_BYTES_MAX)
  const answers: Request['type'][] = []

  for (const [handled, frame] of frames.entries()) {
    if (handled === MESSAGES_PER_STREAM) {
      return { answers, handled, rejected: 'messages-per-stream' }
    }

    const type = typeOf(frame, dialect)

    if (type == null) {
      return { answers, handled, rejected: 'malformed' }
    }

    if (type !== 'unregister') {
      answers.push(type)
    }
  }

  return {
    answers,
    handled: frames.length,
    rejected: isRefused || bufferedBytes > 0 ? 'malformed' : undefined
  }
}

/** What requests say is a target of its own. */
function typeOf(frame: Uint8Array, dialect: Dialect): Request['type'] | undefined {
  try {
    return dialect.decodeRequest(frame).type
  } catch (error) {
    if (error instanceof MalformedMessageError) {
      return undefined
    }

    throw error
  }
}

function assertServed(served: ServedStream, expected: Expected, name: DialectName): void {
  const { received, handled, rejected, errors, status } = served

  if (errors.length > 0) {
    throw errors[0]
  }

  assertInvariant(handled === expected.handled, `${handled} handled, not ${expected.handled}`)
  assertInvariant(
    describeValue(rejected) === describeValue(expected.rejected == null ? [] : [expected.rejected]),
    `rejected as ${describeValue(rejected)}, not ${expected.rejected}`
  )
  assertInvariant(
    status === (expected.rejected == null ? 'closed' : 'reset'),
    `the stream is ${status}`
  )
  assertAnswered(received, expected, name)
}

/** A reset may overtake answers that were sent ahead of it. */
function assertAnswered(received: Uint8Array, expected: Expected, name: DialectName): void {
  const { frames, isRefused, bufferedBytes } = referenceFrames(
    received,
    RESPONSE_FRAME_BYTES_MAX - 3
  )
  const answers = frames.map((frame) => referenceResponse(name, frame)?.type)
  const isCut = expected.rejected != null

  assertInvariant(!isRefused, 'an answer above 1 MiB')
  assertInvariant(isCut || bufferedBytes === 0, 'an answer that is not whole')
  assertInvariant(
    describeValue(answers) ===
      describeValue(isCut ? expected.answers.slice(0, answers.length) : expected.answers),
    `answers: ${describeValue(answers)}, expected: ${describeValue(expected.answers)}`
  )
}
