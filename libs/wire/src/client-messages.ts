import {
  assertProtobufShape,
  encodeFields,
  type FieldValue,
  ProtobufFields,
  type ProtobufShape,
  type Request
} from '@rendezvous-cluster/rendezvous'
import type { ClientDialect } from './dialect.ts'
import { encodeFrame } from './encode-frame.ts'
import { MalformedMessageError } from './malformed-message-error.ts'
import type { ReceivedResponse } from './received-response.ts'

export interface ClientMessagesInit {
  /** Numbers of the types of message, as the dialect's .proto file has them. */
  types: {
    register: number
    registerResponse: number
    /** Absent in a dialect without UNREGISTER. */
    unregister?: number
    discover: number
    discoverResponse: number
  }
  /** What the .proto file says of wire types. */
  shape: ProtobufShape
  /** Whether DISCOVER has a cookie. */
  isPaged: boolean
  /** Whether a lifetime can be negative. */
  isTtlSigned: boolean
}

/**
 * The messages of clients. They differ in the numbers of their types only: a body has the number of
 * its type and two, and is the same in all dialects.
 */
export function clientMessages(
  init: ClientMessagesInit
): Pick<ClientDialect, 'encodeRequest' | 'decodeResponse'> {
  const { types } = init

  return {
    encodeRequest(request) {
      const type = types[request.type]

      if (type == null) {
        throw new TypeError('this dialect has no UNREGISTER')
      }

      return encodeFrame(
        encodeFields([
          [1, BigInt(type)],
          [bodyField(type), encodeFields(requestBody(request, init))]
        ])
      )
    },

    decodeResponse(frame) {
      try {
        return readResponse(frame, init)
      } catch (cause) {
        throw new MalformedMessageError('a point sent something that is no response', { cause })
      }
    }
  }
}

/** The body is read once its type is known: only then is it a message that was checked. */
function readResponse(frame: Uint8Array, init: ClientMessagesInit): ReceivedResponse {
  const { types, shape } = init

  assertProtobufShape(frame, shape)

  const message = new ProtobufFields(frame)
  const type = int32Of(message.integer(1))

  switch (type) {
    case types.registerResponse:
      return registerResponse(bodyOf(message, type), init)
    case types.discoverResponse:
      return discoverResponse(bodyOf(message, type), init)
    default:
      throw new TypeError(`type ${type}`)
  }
}

function bodyOf(message: ProtobufFields, type: number): ProtobufFields {
  const body = message.message(bodyField(type))

  if (body == null) {
    throw new TypeError(`type ${type} without a body`)
  }

  return body
}

function bodyField(type: number): number {
  return type + 2
}

function requestBody(
  request: Request,
  { isPaged }: ClientMessagesInit
): [field: number, value: FieldValue | undefined][] {
  const { namespace } = request

  switch (request.type) {
    case 'register':
      return [
        [1, namespace],
        [2, request.signedPeerRecord],
        [3, request.ttl]
      ]
    case 'unregister':
      return [
        [1, namespace],
        [2, request.peerId]
      ]
    case 'discover':
      return [
        [1, namespace],
        [2, request.limit],
        [3, isPaged ? request.cookie : undefined]
      ]
    default:
      return request satisfies never
  }
}

function registerResponse(body: ProtobufFields, init: ClientMessagesInit): ReceivedResponse {
  return {
    type: 'register',
    status: statusOf(body, 1),
    statusText: body.text(2) ?? '',
    ttl: ttlOf(body, init)
  }
}

function discoverResponse(body: ProtobufFields, init: ClientMessagesInit): ReceivedResponse {
  return {
    type: 'discover',
    status: statusOf(body, 3),
    statusText: body.text(4) ?? '',
    cookie: init.isPaged ? body.bytes(2) : undefined,
    registrations: body.messages(1).map((registration) => ({
      namespace: registration.bytes(1),
      signedPeerRecord: registration.bytes(2) ?? new Uint8Array(),
      ttl: ttlOf(registration, init)
    }))
  }
}

/** A number, also where only a newer point knows what it says. */
function statusOf(body: ProtobufFields, field: number): number {
  return int32Of(body.integer(field))
}

/** Absent is zero: REGISTER as a type, OK as a status. */
function int32Of(bits = 0n): number {
  return Number(BigInt.asIntN(32, bits))
}

function ttlOf(body: ProtobufFields, { isTtlSigned }: ClientMessagesInit): bigint | undefined {
  const bits = body.integer(3)

  return bits != null && isTtlSigned ? BigInt.asIntN(64, bits) : bits
}
