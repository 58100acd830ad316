import {
  NAMESPACE_BYTES_MAX,
  Namespace,
  RECORD_KINDS,
  type Registration,
  recordKindOfByte
} from '@rendezvous-cluster/rendezvous'
import type { HeldRegistration } from '../memory/registration-table.ts'

/** What is unique of a registration. */
export type RegistrationIdentity = Pick<Registration, 'kind' | 'namespace' | 'peerId'>

/** Kind byte and length of the namespace, which tells where it ends whatever its bytes are. */
const KEY_HEADER_BYTES = 3

/** Version, flags, end and sequence. */
const VALUE_HEADER_BYTES = 18

const VALUE_VERSION = 1
const FLAG_LISTED = 1
/** The IP prefix stands behind the header. */
const FLAG_PREFIX = 2

const PREFIX_BYTES = 8

/** Kind byte ‖ length of the namespace, 16 bits big-endian ‖ namespace ‖ peer id. */
export function toKey({ kind, namespace, peerId }: RegistrationIdentity): Buffer {
  const namespaceEnd = KEY_HEADER_BYTES + namespace.bytes.byteLength
  const key = Buffer.allocUnsafe(namespaceEnd + peerId.byteLength)

  key.writeUInt8(RECORD_KINDS[kind].byte, 0)
  key.writeUInt16BE(namespace.bytes.byteLength, 1)
  key.set(namespace.bytes, KEY_HEADER_BYTES)
  key.set(peerId, namespaceEnd)

  return key
}

/** `undefined` for what {@link toKey} does not write. */
export function parseKey(key: Buffer): RegistrationIdentity | undefined {
  if (key.byteLength < KEY_HEADER_BYTES) {
    return undefined
  }

  const kind = recordKindOfByte(key.readUInt8(0))
  const namespaceBytes = key.readUInt16BE(1)
  const namespaceEnd = KEY_HEADER_BYTES + namespaceBytes

  if (
    kind == null ||
    namespaceBytes === 0 ||
    namespaceBytes > NAMESPACE_BYTES_MAX ||
    namespaceEnd >= key.byteLength
  ) {
    return undefined
  }

  return {
    kind,
    namespace: Namespace.parse(key.subarray(KEY_HEADER_BYTES, namespaceEnd)),
    peerId: key.subarray(namespaceEnd)
  }
}

/**
 * Version ‖ flags ‖ end of the TTL in milliseconds of wall-clock time, without grace ‖ sequence ‖
 * IP prefix, where it is kept ‖ envelope. All numbers are doubles, big-endian.
 */
export function toValue(registration: HeldRegistration): Buffer {
  const { record, expiresAtMs, sequence, isListed, ipPrefix } = registration
  const recordStart = VALUE_HEADER_BYTES + (ipPrefix == null ? 0 : PREFIX_BYTES)
  const value = Buffer.allocUnsafe(recordStart + record.byteLength)

  value.writeUInt8(VALUE_VERSION, 0)
  value.writeUInt8((isListed ? FLAG_LISTED : 0) | (ipPrefix == null ? 0 : FLAG_PREFIX), 1)
  value.writeDoubleBE(expiresAtMs, 2)
  value.writeDoubleBE(sequence, 10)

  if (ipPrefix != null) {
    value.writeDoubleBE(ipPrefix, VALUE_HEADER_BYTES)
  }

  value.set(record, recordStart)

  return value
}

/** A registration as it was stored, or `undefined` when the key or the value is damaged. */
export function parseStored(key: Buffer, value: Buffer): HeldRegistration | undefined {
  const identity = parseKey(key)

  if (
    identity == null ||
    value.byteLength <= VALUE_HEADER_BYTES ||
    value.readUInt8(0) !== VALUE_VERSION ||
    value.readUInt8(1) > (FLAG_LISTED | FLAG_PREFIX)
  ) {
    return undefined
  }

  const hasPrefix = (value.readUInt8(1) & FLAG_PREFIX) !== 0
  const recordStart = VALUE_HEADER_BYTES + (hasPrefix ? PREFIX_BYTES : 0)

  if (value.byteLength <= recordStart) {
    return undefined
  }

  const expiresAtMs = value.readDoubleBE(2)
  const sequence = value.readDoubleBE(10)
  const ipPrefix = hasPrefix ? value.readDoubleBE(VALUE_HEADER_BYTES) : undefined

  if (
    !Number.isFinite(expiresAtMs) ||
    !Number.isSafeInteger(sequence) ||
    !Number.isSafeInteger(ipPrefix ?? 0)
  ) {
    return undefined
  }

  return {
    ...identity,
    record: value.subarray(recordStart),
    expiresAtMs,
    sequence,
    isListed: (value.readUInt8(1) & FLAG_LISTED) !== 0,
    ipPrefix
  }
}
