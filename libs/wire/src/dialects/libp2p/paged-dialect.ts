import {
  assertProtobufShape,
  type DialectRules,
  type DiscoverResponse,
  type Request,
  type Response,
  ResponseStatus
} from '@rendezvous-cluster/rendezvous'
import { decodeCookie, encodeCookie } from '../../cookie.ts'
import type { Dialect } from '../../dialect.ts'
import {
  type DiscoverResponseLayout,
  encodeDiscoverResponseFrame
} from '../../discover-response-frame.ts'
import { encodeFrame } from '../../encode-frame.ts'
import { RESPONSE_FRAME_BYTES_MAX } from '../../frame-limits.ts'
import { MalformedMessageError } from '../../malformed-message-error.ts'
import type { ReceivedResponse } from '../../received-response.ts'
import {
  type Libp2pDiscover,
  Libp2pDiscoverResponse,
  Libp2pMessage,
  type Libp2pRegister,
  type Libp2pUnregister
} from './generated/libp2p.ts'
import { LIBP2P_SHAPE } from './libp2p-shape.ts'

const { MessageType } = Libp2pMessage

const EMPTY = new Uint8Array()

/** Field 1 = DISCOVER_RESPONSE (4); the body is field 6. */
const discoverResponseLayout: DiscoverResponseLayout = {
  header: Uint8Array.of(0x08, 0x04),
  bodyTag: 0x32
}

export interface PagedDialectInit {
  name: string
  protocol: string
  rules: DialectRules
}

/**
 * A dialect with the messages of `/rendezvous/1.0.0`. Dialects differ in their ids, bounds and
 * records.
 *
 * @see https://github.com/libp2p/specs/blob/master/rendezvous/README.md#protobuf
 */
export function createPagedDialect(init: PagedDialectInit): Dialect {
  return {
    ...init,
    hasUnregister: true,
    decodeRequest,
    encodeResponse,
    encodeRequest,
    decodeResponse
  }
}

function decodeRequest(frame: Uint8Array): Request {
  const message = decodeMessage(frame)
  const type = message.type ?? MessageType.REGISTER

  switch (type) {
    case MessageType.REGISTER: {
      const { ns, signedPeerRecord, ttl } = message.register ?? {}

      return { type: 'register', namespace: ns, signedPeerRecord, ttl }
    }
    case MessageType.UNREGISTER: {
      const { ns, id } = bodyOf(message.unregister, type)

      return { type: 'unregister', namespace: ns, peerId: id }
    }
    case MessageType.DISCOVER: {
      const { ns, limit, cookie } = bodyOf(message.discover, type)

      return { type: 'discover', namespace: ns, limit, from: decodeCookie(cookie, ns ?? EMPTY) }
    }
    case MessageType.REGISTER_RESPONSE:
    case MessageType.DISCOVER_RESPONSE:
      throw new MalformedMessageError(`a peer sent ${type}`)
    default:
      return type satisfies never
  }
}

function encodeResponse(response: Response): Uint8Array {
  const { status } = response
  const statusText = response.statusText === '' ? undefined : response.statusText

  switch (response.type) {
    case 'register':
      return encodeFrame(
        Libp2pMessage.encode({
          type: MessageType.REGISTER_RESPONSE,
          registerResponse: {
            status,
            statusText,
            ttl: status === ResponseStatus.OK ? BigInt(response.ttlSeconds) : undefined
          }
        })
      )
    case 'discover':
      return encodeDiscoverResponseFrame({
        layout: discoverResponseLayout,
        response,
        trailer: (cursor) =>
          Libp2pDiscoverResponse.encode({
            registrations: [],
            cookie: cookieOf(response, cursor),
            status,
            statusText
          }),
        frameBytesMax: RESPONSE_FRAME_BYTES_MAX
      })
    default:
      return response satisfies never
  }
}

/** On every page, also on an empty one: a reader goes on from there. */
function cookieOf(
  { status, namespace }: DiscoverResponse,
  cursor: number | undefined
): Uint8Array<ArrayBuffer> | undefined {
  return status === ResponseStatus.OK ? encodeCookie(cursor ?? 0, namespace) : undefined
}

function encodeRequest(request: Request): Uint8Array {
  return encodeFrame(Libp2pMessage.encode(requestMessage(request)))
}

/** Generated types want buffers that are not shared between threads: ours never are, hence `as`. */
function requestMessage(request: Request): Libp2pMessage {
  const { namespace: ns } = request

  switch (request.type) {
    case 'register': {
      const { signedPeerRecord, ttl } = request

      return {
        type: MessageType.REGISTER,
        register: { ns, signedPeerRecord, ttl } as Libp2pRegister
      }
    }
    case 'unregister':
      return {
        type: MessageType.UNREGISTER,
        unregister: { ns, id: request.peerId } as Libp2pUnregister
      }
    case 'discover': {
      const { limit, cookie } = request

      return { type: MessageType.DISCOVER, discover: { ns, limit, cookie } as Libp2pDiscover }
    }
    default:
      return request satisfies never
  }
}

function decodeResponse(frame: Uint8Array): ReceivedResponse {
  const { type, registerResponse, discoverResponse } = decodeMessage(frame)

  if (type === MessageType.REGISTER_RESPONSE && registerResponse != null) {
    const { status = ResponseStatus.OK, statusText = '', ttl } = registerResponse

    return { type: 'register', status, statusText, ttl }
  }

  if (type === MessageType.DISCOVER_RESPONSE && discoverResponse != null) {
    const { status = ResponseStatus.OK, statusText = '', registrations, cookie } = discoverResponse

    return {
      type: 'discover',
      status,
      statusText,
      cookie,
      registrations: registrations.map(({ ns, signedPeerRecord, ttl }) => ({
        namespace: ns,
        signedPeerRecord: signedPeerRecord ?? EMPTY,
        ttl
      }))
    }
  }

  throw new MalformedMessageError(`a point sent ${type ?? 'no type'} or no body`)
}

function decodeMessage(frame: Uint8Array): Libp2pMessage {
  try {
    assertProtobufShape(frame, LIBP2P_SHAPE)

    return Libp2pMessage.decode(frame)
  } catch (cause) {
    throw new MalformedMessageError('undecodable message', { cause })
  }
}

function bodyOf<T>(body: T | undefined, type: string): T {
  if (body == null) {
    throw new MalformedMessageError(`${type} without a body`)
  }

  return body
}
