import {
  type DiscoverResponse,
  type FoundRegistration,
  RECORD_KINDS,
  type RecordKind,
  ResponseStatus
} from '@rendezvous-cluster/rendezvous'
import {
  DIALECTS,
  type Dialect,
  type DialectName,
  RESPONSE_FRAME_BYTES_MAX
} from '@rendezvous-cluster/wire'
import { decodeCookie } from '../../../libs/wire/dist/cookie.js'
import { ByteSource } from '../byte-source.ts'
import { mutateBytes } from '../mutate/byte-mutations.ts'
import { referenceResponse } from '../reference/reference-response.ts'
import { assertInvariant, describeValue, type FuzzTarget } from '../target.ts'
import { unframed } from './unframed.ts'

const RECORD_BYTES = [0, 1, 127, 128, 300, 4096]
const COUNTS = [0, 1, 2, 5, 255, 260]

/** What tags and lengths around an answer take at most: with so much room the next one would fit. */
const SPARE_BYTES = 32

const STATUSES = [ResponseStatus.OK, ResponseStatus.OK, ResponseStatus.E_UNAVAILABLE]

/**
 * Answers hold what went in, in frames that all readers take, and stop where the next registration
 * would not fit. An input is where the answer is drawn from, byte by byte.
 */
export const discoverResponseTarget: FuzzTarget = {
  name: 'discover-response',
  slowMs: 1000,
  inputBytesMax: 2048,
  generate: (random) => random.bytes(8 + random.below(200)),
  mutate: mutateBytes,

  execute(input) {
    const source = new ByteSource(input)
    const name = source.pick(Object.keys(DIALECTS) as DialectName[])
    const dialect = DIALECTS[name]
    const response = responseFrom(source, dialect)
    const { frame, registrationCount = 0 } = dialect.encodeResponse(response)

    assertInvariant(frame.byteLength <= RESPONSE_FRAME_BYTES_MAX, 'an answer above 1 MiB')
    assertSaysWhatWentIn(unframed(frame), registrationCount, { name, response })
    assertStopsInTime(frame, registrationCount, response)

    return []
  }
}

function responseFrom(source: ByteSource, { rules }: Dialect): DiscoverResponse {
  const namespace = new Uint8Array(source.byte()).fill(0x6e)
  const status = source.pick(STATUSES)
  const registrations = status === ResponseStatus.OK ? registrationsFrom(source, namespace) : []
  const page = rules.isPaged && status === ResponseStatus.OK

  return {
    type: 'discover',
    status,
    statusText: status === ResponseStatus.OK ? '' : 'unavailable, try again later',
    namespace,
    registrations,
    cursor: page ? (registrations.at(-1)?.sequence ?? 0) + source.byte() : undefined,
    kind: page
      ? source.pick([undefined, ...(Object.keys(RECORD_KINDS) as RecordKind[])])
      : undefined
  }
}

/** In the order of their sequences, of which some share one. */
function registrationsFrom(source: ByteSource, namespace: Uint8Array): FoundRegistration[] {
  const count = source.pick(COUNTS) + (source.byte() % 3)
  let sequence = 2 ** (source.byte() % 45)

  return Array.from({ length: count }, (_, index) => {
    sequence += source.byte() % 4

    const record = new Uint8Array(source.pick(RECORD_BYTES))

    // Each one differs from all others, where it has room for that.
    record.set([index & 0xff, index >> 8].slice(0, record.byteLength))

    return { namespace, record, ttlSeconds: 1 + source.below(2 ** 16), sequence }
  })
}

function assertSaysWhatWentIn(
  message: Uint8Array,
  count: number,
  { name, response }: { name: DialectName; response: DiscoverResponse }
): void {
  const read = referenceResponse(name, message)
  const sent = response.registrations.slice(0, count)

  assertInvariant(read?.type === 'discover', 'an answer that is none')
  assertInvariant(
    describeValue(read) === describeValue(DIALECTS[name].decodeResponse(message)),
    'our client reads another answer'
  )
  assertInvariant(
    read.status === response.status && read.statusText === response.statusText,
    `status ${read.status} ${read.statusText}`
  )
  assertInvariant(
    describeRegistrations(read.registrations) ===
      describeRegistrations(
        sent.map(({ namespace, record, ttlSeconds }) => ({
          namespace,
          signedPeerRecord: record,
          ttl: BigInt(ttlSeconds)
        }))
      ),
    `other registrations than the first ${count}`
  )
  assertGoesOnBehind(read.cookie, count, response)
}

/** A page is in no order. */
function describeRegistrations(registrations: readonly object[]): string {
  return registrations.map(describeValue).sort().join('\n')
}

/** The next page begins where this one was cut, else where the store said. */
function assertGoesOnBehind(
  cookie: Uint8Array | undefined,
  count: number,
  { cursor, kind, namespace, registrations }: DiscoverResponse
): void {
  const isCut = count < registrations.length
  const expected =
    cursor == null
      ? undefined
      : { cursor: isCut ? registrations[count - 1]?.sequence : cursor, kind }

  assertInvariant(
    describeValue({ from: decodeCookie(cookie, namespace) }) === describeValue({ from: expected }),
    `the cookie says ${describeValue(decodeCookie(cookie, namespace))}`
  )
}

/** Those that share a sequence with the next one wait for it. */
function assertStopsInTime(
  { byteLength }: Uint8Array,
  count: number,
  { registrations }: DiscoverResponse
): void {
  const next = registrations[count]

  if (next == null) {
    return
  }

  const together = registrations.filter(({ sequence }) => sequence === next.sequence)
  const bytes = together.reduce(
    (sum, { namespace, record }) => sum + namespace.byteLength + record.byteLength + SPARE_BYTES,
    SPARE_BYTES
  )

  assertInvariant(byteLength + bytes > RESPONSE_FRAME_BYTES_MAX, 'the next registration would fit')
}
