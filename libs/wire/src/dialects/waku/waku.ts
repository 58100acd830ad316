import {
  assertProtobufShape,
  isUtf8,
  type Request,
  type Response,
  ResponseStatus
} from '@rendezvous-cluster/rendezvous'
import type { Dialect } from '../../dialect.ts'
import {
  type DiscoverResponseLayout,
  encodeDiscoverResponseFrame
} from '../../discover-response-frame.ts'
import { encodeFrame } from '../../encode-frame.ts'
import type { EncodedResponse } from '../../encoded-response.ts'
import { RESPONSE_FRAME_BYTES_MAX } from '../../frame-limits.ts'
import { MalformedMessageError } from '../../malformed-message-error.ts'
import { WakuDiscoverResponse, WakuMessage } from './generated/waku.ts'
import { wakuClient } from './waku-client.ts'
import { WAKU_SHAPE } from './waku-shape.ts'

const { MessageType } = WakuMessage

/** Field 1 = DISCOVER_RESPONSE (3); the body is field 5. */
const discoverResponseLayout: DiscoverResponseLayout = {
  header: Uint8Array.of(0x08, 0x03),
  bodyTag: 0x2a
}

/** `/vac/waku/rendezvous/0.0.1`, from both sides. */
export const waku: Dialect = { ...wakuClient, decodeRequest, encodeResponse }

function decodeRequest(frame: Uint8Array): Request {
  const message = decodeMessage(frame)
  const type = message.type ?? MessageType.REGISTER

  switch (type) {
    case MessageType.REGISTER: {
      const { ns, signedPeerRecord, ttl } = message.register ?? {}

      return { type: 'register', namespace: text(ns), signedPeerRecord, ttl }
    }
    case MessageType.DISCOVER: {
      if (message.discover == null) {
        throw new MalformedMessageError('DISCOVER without a body')
      }

      const { ns, limit } = message.discover

      return { type: 'discover', namespace: text(ns), limit }
    }
    case MessageType.REGISTER_RESPONSE:
    case MessageType.DISCOVER_RESPONSE:
      throw new MalformedMessageError(`a peer sent ${type}`)
    default:
      return type satisfies never
  }
}

function encodeResponse(response: Response): EncodedResponse {
  const { status, statusText } = response

  switch (response.type) {
    case 'register':
      return {
        frame: encodeFrame(
          WakuMessage.encode({
            type: MessageType.REGISTER_RESPONSE,
            registerResponse: {
              status,
              statusText: statusText === '' ? undefined : statusText,
              ttl: status === ResponseStatus.OK ? BigInt(response.ttlSeconds) : undefined
            }
          })
        )
      }
    case 'discover':
      return encodeDiscoverResponseFrame({
        layout: discoverResponseLayout,
        response,
        trailer: () =>
          WakuDiscoverResponse.encode({
            registrations: [],
            status,
            statusText: statusText === '' ? undefined : statusText
          }),
        frameBytesMax: RESPONSE_FRAME_BYTES_MAX
      })
    default:
      return response satisfies never
  }
}

function decodeMessage(frame: Uint8Array): WakuMessage {
  try {
    assertProtobufShape(frame, WAKU_SHAPE)

    return WakuMessage.decode(frame)
  } catch (cause) {
    throw new MalformedMessageError('undecodable message', { cause })
  }
}

/** The seed reads namespaces as proto3 strings: one that is no UTF-8 makes it reset the stream. */
function text(namespace: Uint8Array | undefined): Uint8Array | undefined {
  if (namespace != null && !isUtf8(namespace)) {
    throw new MalformedMessageError('namespace is not UTF-8')
  }

  return namespace
}
