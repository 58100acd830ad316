import {
  assertProtobufShape,
  type DialectRules,
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
import { RESPONSE_FRAME_BYTES_MAX } from '../../frame-limits.ts'
import { MalformedMessageError } from '../../malformed-message-error.ts'
import type { ReceivedResponse } from '../../received-response.ts'
import {
  type WakuDiscover,
  WakuDiscoverResponse,
  WakuMessage,
  type WakuRegister
} from './generated/waku.ts'
import { WAKU_SHAPE } from './waku-shape.ts'

const { MessageType } = WakuMessage

/** @see https://github.com/waku-org/go-waku-rendezvous#overview */
const rules: DialectRules = {
  recordKind: 'peer-record',
  ttlSeconds: { default: 20, min: 1, max: 20 },
  namespaceBytesMax: 256,
  isNamespaceText: false,
  isPaged: false,
  isListed: false,
  ownerMismatchStatus: ResponseStatus.E_INVALID_PEER_INFO
}

/** Field 1 = DISCOVER_RESPONSE (3); the body is field 5. */
const discoverResponseLayout: DiscoverResponseLayout = {
  header: Uint8Array.of(0x08, 0x03),
  bodyTag: 0x2a
}

/** `/vac/waku/rendezvous/0.0.1`: REGISTER and DISCOVER only, lifetimes of at most 20 seconds. */
export const waku: Dialect = {
  name: 'waku',
  protocol: '/vac/waku/rendezvous/0.0.1',
  rules,
  hasUnregister: false,
  decodeRequest,
  encodeResponse,
  encodeRequest,
  decodeResponse
}

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

function encodeResponse(response: Response): Uint8Array {
  const { status, statusText } = response

  switch (response.type) {
    case 'register':
      return encodeFrame(
        WakuMessage.encode({
          type: MessageType.REGISTER_RESPONSE,
          registerResponse: {
            status,
            statusText: statusText === '' ? undefined : statusText,
            ttl: status === ResponseStatus.OK ? BigInt(response.ttlSeconds) : undefined
          }
        })
      )
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

function encodeRequest(request: Request): Uint8Array {
  return encodeFrame(WakuMessage.encode(requestMessage(request)))
}

/** Generated types want buffers that are not shared between threads: ours never are, hence `as`. */
function requestMessage(request: Request): WakuMessage {
  const { namespace: ns } = request

  switch (request.type) {
    case 'register': {
      const { signedPeerRecord, ttl } = request

      return {
        type: MessageType.REGISTER,
        register: { ns, signedPeerRecord, ttl: int64(ttl) } as WakuRegister
      }
    }
    case 'discover':
      return {
        type: MessageType.DISCOVER,
        discover: { ns, limit: int64(request.limit) } as WakuDiscover
      }
    case 'unregister':
      throw new TypeError('this dialect has no UNREGISTER')
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
    const { status = ResponseStatus.OK, statusText = '', registrations } = discoverResponse

    return {
      type: 'discover',
      status,
      statusText,
      registrations: registrations.map(({ ns, signedPeerRecord, ttl }) => ({
        namespace: ns,
        signedPeerRecord: signedPeerRecord ?? new Uint8Array(),
        ttl
      }))
    }
  }

  throw new MalformedMessageError(`a point sent ${type ?? 'no type'} or no body`)
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

/** Two's complement, as negative numbers are written: protons gets some of them wrong. */
function int64(value: bigint | undefined): bigint | undefined {
  return value == null ? undefined : BigInt.asUintN(64, value)
}
