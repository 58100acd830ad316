import type { DiscoverResponse, FoundRegistration } from '@rendezvous-cluster/rendezvous'
import { encode as encodeVarint, encodingLength } from 'uint8-varint'
import type { EncodedResponse } from './encoded-response.ts'

/** Where a dialect puts the parts of a DISCOVER_RESPONSE. */
export interface DiscoverResponseLayout {
  /** Encoded fields of the message ahead of the body: its type. */
  header: Uint8Array
  /** Tag of the field that holds the body. */
  bodyTag: number
}

/** Tags inside the body; the same in every dialect. */
const REGISTRATION_TAG = 0x0a
const NAMESPACE_TAG = 0x0a
const SIGNED_PEER_RECORD_TAG = 0x12
const TTL_TAG = 0x18

/** Most bytes that tags and lengths ahead of the body and the frame can take. */
const OVERHEAD_BYTES_MAX = 16

export interface DiscoverResponseFrameInit {
  layout: DiscoverResponseLayout
  response: DiscoverResponse
  /**
   * Encodes the fields of the body behind the registrations. Its length must not depend on the
   * cursor, which says where the next page begins.
   */
  trailer: (cursor: number | undefined) => Uint8Array
  frameBytesMax: number
  /** Uniform in [0, 1), to shuffle a page. Default: `Math.random`. */
  random?: () => number
}

/**
 * A framed DISCOVER_RESPONSE, joined in one buffer from records as they are stored: nothing but
 * lengths and TTLs is encoded. Registrations follow until the next one would pass
 * `frameBytesMax`, then stop; none is skipped. A page goes on behind the last one that is sent, and
 * the order within it tells nothing.
 */
export function encodeDiscoverResponseFrame(init: DiscoverResponseFrameInit): EncodedResponse {
  const { layout, response, trailer: trailerOf, frameBytesMax, random = Math.random } = init
  const { header, bodyTag } = layout
  const { registrations } = response
  const trailerBytes = trailerOf(response.cursor).byteLength
  const roomBytes = frameBytesMax - OVERHEAD_BYTES_MAX - header.byteLength - trailerBytes
  const count = withoutHalves(registrations, fitting(registrations, roomBytes))
  const sent = registrations.slice(0, count)
  const isCut = count < registrations.length
  const trailer = trailerOf(isCut ? sent.at(-1)?.sequence : response.cursor)
  const bodyBytes = sizeOf(sent) + trailer.byteLength
  const messageBytes = header.byteLength + 1 + encodingLength(bodyBytes) + bodyBytes
  const writer = new Writer(encodingLength(messageBytes) + messageBytes)

  writer.varint(messageBytes)
  writer.bytes(header)
  writer.varint(bodyTag)
  writer.varint(bodyBytes)

  for (const registration of response.cursor == null ? sent : shuffled(sent, random)) {
    const { namespace, record, ttlSeconds } = registration

    writer.varint(REGISTRATION_TAG)
    writer.varint(registrationBytes(registration))
    writer.varint(NAMESPACE_TAG)
    writer.varint(namespace.byteLength)
    writer.bytes(namespace)
    writer.varint(SIGNED_PEER_RECORD_TAG)
    writer.varint(record.byteLength)
    writer.bytes(record)
    writer.varint(TTL_TAG)
    writer.varint(ttlSeconds)
  }

  writer.bytes(trailer)

  return { frame: writer.target, registrationCount: count }
}

/** How many registrations fit into `roomBytes`. */
function fitting(registrations: readonly FoundRegistration[], roomBytes: number): number {
  let count = 0
  let bytes = 0

  for (const registration of registrations) {
    bytes += framedBytes(registration)

    if (bytes > roomBytes) {
      break
    }

    count++
  }

  return count
}

/** Readers go on above a sequence: those that share one are sent together, or all of them later. */
function withoutHalves(registrations: readonly FoundRegistration[], count: number): number {
  const next = registrations[count]?.sequence
  let whole = count

  while (next != null && whole > 0 && registrations[whole - 1]?.sequence === next) {
    whole--
  }

  // A page that can't be cut anywhere else is better cut there than empty.
  return whole === 0 ? count : whole
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const shuffling = [...list]

  for (let last = shuffling.length - 1; last > 0; last--) {
    const drawn = Math.floor(random() * (last + 1))
    const [one, other] = [shuffling[last] as T, shuffling[drawn] as T]

    shuffling[last] = other
    shuffling[drawn] = one
  }

  return shuffling
}

function sizeOf(registrations: readonly FoundRegistration[]): number {
  return registrations.reduce((bytes, registration) => bytes + framedBytes(registration), 0)
}

/** Bytes of one registration with its own tag and length. */
function framedBytes(registration: FoundRegistration): number {
  const inner = registrationBytes(registration)

  return 1 + encodingLength(inner) + inner
}

/** Bytes of one registration without its own tag and length. */
function registrationBytes({ namespace, record, ttlSeconds }: FoundRegistration): number {
  return (
    1 +
    encodingLength(namespace.byteLength) +
    namespace.byteLength +
    1 +
    encodingLength(record.byteLength) +
    record.byteLength +
    1 +
    encodingLength(ttlSeconds)
  )
}

/** Writes forward into a buffer of exactly the right size. */
class Writer {
  readonly target: Uint8Array
  #offset = 0

  constructor(size: number) {
    this.target = new Uint8Array(size)
  }

  varint(value: number): void {
    encodeVarint(value, this.target, this.#offset)
    this.#offset += encodingLength(value)
  }

  bytes(source: Uint8Array): void {
    this.target.set(source, this.#offset)
    this.#offset += source.byteLength
  }
}
