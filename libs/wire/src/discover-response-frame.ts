import type { LiveRegistration } from '@rendezvous-cluster/rendezvous'
import { encode as encodeVarint, encodingLength } from 'uint8-varint'

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

/**
 * A framed DISCOVER_RESPONSE, joined in one buffer from records as they are stored: nothing but
 * lengths and TTLs is encoded. Registrations follow until the next one would pass
 * `frameBytesMax`, then stop; none is skipped.
 *
 * @param trailer - encoded fields of the body behind the registrations: status and text
 */
export function encodeDiscoverResponseFrame(
  layout: DiscoverResponseLayout,
  namespace: Uint8Array,
  registrations: readonly LiveRegistration[],
  trailer: Uint8Array,
  frameBytesMax: number
): Uint8Array {
  const { header, bodyTag } = layout
  const roomBytes = frameBytesMax - OVERHEAD_BYTES_MAX - header.byteLength - trailer.byteLength
  const { count, bytes } = fitting(namespace, registrations, roomBytes)
  const bodyBytes = bytes + trailer.byteLength
  const messageBytes = header.byteLength + 1 + encodingLength(bodyBytes) + bodyBytes
  const writer = new Writer(encodingLength(messageBytes) + messageBytes)

  writer.varint(messageBytes)
  writer.bytes(header)
  writer.varint(bodyTag)
  writer.varint(bodyBytes)

  for (const registration of registrations.slice(0, count)) {
    writer.varint(REGISTRATION_TAG)
    writer.varint(registrationBytes(namespace, registration))
    writer.varint(NAMESPACE_TAG)
    writer.varint(namespace.byteLength)
    writer.bytes(namespace)
    writer.varint(SIGNED_PEER_RECORD_TAG)
    writer.varint(registration.record.byteLength)
    writer.bytes(registration.record)
    writer.varint(TTL_TAG)
    writer.varint(registration.ttlSeconds)
  }

  writer.bytes(trailer)

  return writer.target
}

/** How many registrations fit into `roomBytes`, and the bytes they take. */
function fitting(
  namespace: Uint8Array,
  registrations: readonly LiveRegistration[],
  roomBytes: number
): { count: number; bytes: number } {
  let count = 0
  let bytes = 0

  for (const registration of registrations) {
    const inner = registrationBytes(namespace, registration)
    const next = bytes + 1 + encodingLength(inner) + inner

    if (next > roomBytes) {
      break
    }

    bytes = next
    count++
  }

  return { count, bytes }
}

/** Bytes of one registration without its own tag and length. */
function registrationBytes(
  namespace: Uint8Array,
  { record, ttlSeconds }: LiveRegistration
): number {
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
