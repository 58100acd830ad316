import {
  assertProtobufShape,
  encodeFields,
  type FieldValue,
  ProtobufFields,
  type ProtobufShape,
  type Request,
  ResponseStatus
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
  const { types, shape } = init

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
      const message = readMessage(frame, shape)
      const type = Number(message.integer(1))
      const body = message.message(bodyField(type))

      if (type === types.registerResponse && body != null) {
        return registerResponse(body, init)
      }

      if (type === types.discoverResponse && body != null) {
        return discoverResponse(body, init)
      }

      throw new MalformedMessageError(`a point sent type ${type} or no body`)
    }
  }
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
  return Number(BigInt.asIntN(32, body.integer(field) ?? BigInt(ResponseStatus.OK)))
}

function ttlOf(body: ProtobufFields, { isTtlSigned }: ClientMessagesInit): bigint | undefined {
  const bits = body.integer(3)

  return bits != null && isTtlSigned ? BigInt.asIntN(64, bits) : bits
}

function readMessage(frame: Uint8Array, shape: ProtobufShape): ProtobufFields {
  try {
    assertProtobufShape(frame, shape)

    return new ProtobufFields(frame)
  } catch (cause) {
    throw new MalformedMessageError('undecodable message', { cause })
  }
}
