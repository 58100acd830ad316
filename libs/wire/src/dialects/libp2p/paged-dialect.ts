import {
  assertProtobufShape,
  type DiscoverResponse,
  type Request,
  type Response,
  ResponseStatus
} from '@rendezvous-cluster/rendezvous'
import { decodeCookie, encodeCookie } from '../../cookie.ts'
import type { ClientDialect, Dialect } from '../../dialect.ts'
import {
  type DiscoverResponseLayout,
  encodeDiscoverResponseFrame
} from '../../discover-response-frame.ts'
import { encodeFrame } from '../../encode-frame.ts'
import type { EncodedResponse } from '../../encoded-response.ts'
import { RESPONSE_FRAME_BYTES_MAX } from '../../frame-limits.ts'
import { MalformedMessageError } from '../../malformed-message-error.ts'
import { Libp2pDiscoverResponse, Libp2pMessage } from './generated/libp2p.ts'
import { LIBP2P_SHAPE } from './libp2p-shape.ts'

const { MessageType } = Libp2pMessage

const EMPTY = new Uint8Array()

/** Field 1 = DISCOVER_RESPONSE (4); the body is field 6. */
const discoverResponseLayout: DiscoverResponseLayout = {
  header: Uint8Array.of(0x08, 0x04),
  bodyTag: 0x32
}

/** A dialect with the messages of `/rendezvous/1.0.0`, from both sides. */
export function pagedDialect(client: ClientDialect): Dialect {
  return { ...client, decodeRequest, encodeResponse }
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

function encodeResponse(response: Response): EncodedResponse {
  const { status } = response
  const statusText = response.statusText === '' ? undefined : response.statusText

  switch (response.type) {
    case 'register':
      return {
        frame: encodeFrame(
          Libp2pMessage.encode({
            type: MessageType.REGISTER_RESPONSE,
            registerResponse: {
              status,
              statusText,
              ttl: status === ResponseStatus.OK ? BigInt(response.ttlSeconds) : undefined
            }
          })
        )
      }
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
  { status, namespace, kind }: DiscoverResponse,
  cursor = 0
): Uint8Array<ArrayBuffer> | undefined {
  return status === ResponseStatus.OK ? encodeCookie({ cursor, kind }, namespace) : undefined
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
