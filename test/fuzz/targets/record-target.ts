import {
  ADDRESS_BYTES_MAX,
  ADDRESSES_MAX,
  assertProtobufShape,
  ENVELOPE_BYTES_MAX,
  encodePayload,
  InvalidPeerRecordError,
  kindOfEnvelope,
  ProtobufFields,
  RECORD_KINDS,
  type RecordKind,
  verifyPeerRecord
} from '@rendezvous-cluster/rendezvous'
import { REQUEST_FRAME_BYTES_MAX } from '@rendezvous-cluster/wire'
import { ENVELOPE_SHAPE } from '../../../libs/rendezvous/dist/signed-peer-record/envelope-shape.js'
import { assertMultiaddr } from '../../../libs/rendezvous/dist/signed-peer-record/multiaddr-bytes.js'
import { readPayload } from '../../../libs/rendezvous/dist/signed-peer-record/read-payload.js'
import { compareReaders } from '../differences/compare-readers.ts'
import { randomRecord, resealed } from '../generate/sealed-records.ts'
import { mutateMessage } from '../mutate/mutate-message.ts'
import { encodeReference, MESSAGE_TYPES } from '../reference/message-types.ts'
import {
  canonicalKey,
  type EnvelopeFields,
  isSignedBy,
  type RecordFields,
  referenceEnvelope,
  referencePayload
} from '../reference/reference-record.ts'
import { assertInvariant, DifferenceError, describeValue, type FuzzTarget } from '../target.ts'
import { GO_ENVELOPES } from './go-seeds.ts'

const KINDS = Object.keys(RECORD_KINDS) as [RecordKind, ...RecordKind[]]

/** As many as `verifyPeerRecord` reads of one field. */
const VALUES_MAX = 256

export const KEY_RULE = {
  name: 'key written in another way',
  reason:
    'Refused where it holds a group, or a known field of another wire type: a key has one encoding.'
}

/** Envelopes, records and their signatures say what they say to protobufjs and the specification. */
export function recordTarget(kind: RecordKind): FuzzTarget {
  return {
    name: kind,
    slowMs: 500,
    inputBytesMax: REQUEST_FRAME_BYTES_MAX,
    seeds: () => GO_ENVELOPES,
    generate: (random) => randomRecord(kind, random),
    mutate: (input, random) =>
      random.chance(0.4) ? resealed(input, kind, random) : mutateMessage(input, random),

    async execute(bytes) {
      const envelope = readEnvelope(bytes)
      const rules = compareReaders(bytes, {
        type: MESSAGE_TYPES.envelope,
        ours: readEnvelope,
        theirs: referenceEnvelope
      })

      assertKind(bytes, envelope)

      if (envelope == null) {
        await assertVerdict(bytes, kind, undefined)

        return rules
      }

      const { payload } = envelope

      return [
        ...rules,
        ...compareReaders(payload, {
          type:
            kind === 'waku-peer-record' ? MESSAGE_TYPES.wakuPeerRecord : MESSAGE_TYPES.peerRecord,
          ours: (message) => readRecord(message, kind),
          theirs: (message) => referencePayload(message, kind)
        }),
        ...(await compareVerdicts(bytes, kind, envelope))
      ]
    }
  }
}

function readEnvelope(bytes: Uint8Array): EnvelopeFields | undefined {
  try {
    assertProtobufShape(bytes, ENVELOPE_SHAPE)

    const fields = new ProtobufFields(bytes)
    const at = (field: number): Uint8Array => fields.bytes(field) ?? new Uint8Array()

    return { publicKey: at(1), payloadType: at(2), payload: at(3), signature: at(5) }
  } catch {
    // As `verifyPeerRecord` has it: whatever is thrown, it is no envelope.
    return undefined
  }
}

function readRecord(payload: Uint8Array, kind: RecordKind): RecordFields | undefined {
  try {
    return readPayload(payload, kind, VALUES_MAX)
  } catch {
    // As `verifyPeerRecord` has it: whatever is thrown, it is no record.
    return undefined
  }
}

/** @returns the rule by which ours differs, if it does */
async function compareVerdicts(
  bytes: Uint8Array,
  kind: RecordKind,
  envelope: EnvelopeFields
): Promise<string[]> {
  const key = canonicalKey(envelope.publicKey)
  const expected = await expectedRecord(envelope, key, kind)

  if (key == null || expected == null || Buffer.compare(key, envelope.publicKey) === 0) {
    await assertVerdict(bytes, kind, expected)

    return []
  }

  // Whatever is thought of the way it is written, it is the same key.
  await assertVerdict(
    encodeReference(MESSAGE_TYPES.envelope, { ...envelope, publicKey: key }),
    kind,
    expected
  )

  return (await verified(bytes, kind)) instanceof Error ? [KEY_RULE.name] : []
}

/** What must come of an envelope that can be read; `undefined` where it must be refused. */
async function expectedRecord(
  { payload, payloadType, signature }: EnvelopeFields,
  key: Uint8Array | undefined,
  kind: RecordKind
): Promise<RecordFields | undefined> {
  const record = readRecord(payload, kind)

  return record != null &&
    key != null &&
    Buffer.compare(payloadType, RECORD_KINDS[kind].payloadType) === 0 &&
    hasReadableAddresses(record) &&
    (await isSignedBy(key, kind, { payload, signature, peerId: record.peerId }))
    ? record
    : undefined
}

/** Too many to be taken are refused elsewhere, and not looked at. */
function hasReadableAddresses({ addresses }: RecordFields): boolean {
  const sum = addresses.reduce((bytes, { byteLength }) => bytes + byteLength, 0)

  return addresses.length > ADDRESSES_MAX || sum > ADDRESS_BYTES_MAX || addresses.every(isMultiaddr)
}

/** What addresses are is a target of its own. */
function isMultiaddr(bytes: Uint8Array): boolean {
  try {
    assertMultiaddr(bytes)

    return true
  } catch {
    // Its way to say no.
    return false
  }
}

async function assertVerdict(
  bytes: Uint8Array,
  kind: RecordKind,
  expected: RecordFields | undefined
): Promise<void> {
  const isTooLong = bytes.byteLength > ENVELOPE_BYTES_MAX
  const outcome = await verified(bytes, kind)
  const ours = outcome instanceof Error ? outcome.message : describeValue(outcome)
  const theirs =
    expected == null
      ? 'invalid peer record'
      : isTooLong
        ? 'peer info too long'
        : describeValue(expected)

  if (ours !== theirs) {
    throw new DifferenceError(`ours: ${ours}, theirs: ${theirs}`)
  }

  if (expected != null) {
    assertWrittenAlike(expected, kind)
  }
}

async function verified(
  bytes: Uint8Array,
  kind: RecordKind
): Promise<RecordFields | InvalidPeerRecordError> {
  try {
    return await verifyPeerRecord(bytes, kind)
  } catch (error) {
    if (error instanceof InvalidPeerRecordError) {
      return error
    }

    throw error
  }
}

function assertKind(bytes: Uint8Array, envelope: EnvelopeFields | undefined): void {
  const expected =
    KINDS.find(
      (kind) =>
        envelope != null &&
        Buffer.compare(RECORD_KINDS[kind].payloadType, envelope.payloadType) === 0
    ) ?? KINDS[0]

  assertInvariant(kindOfEnvelope(bytes, KINDS) === expected, `the kind is ${expected}`)
}

function assertWrittenAlike(record: RecordFields, kind: RecordKind): void {
  const read = referencePayload(encodePayload(record, kind), kind)

  assertInvariant(
    describeValue(read) === describeValue(record),
    `${describeValue(record)}, as we write it, is read as ${describeValue(read)}`
  )
}
