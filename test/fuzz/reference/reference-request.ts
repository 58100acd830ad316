import type { Request } from '@rendezvous-cluster/rendezvous'
import type { DialectName } from '@rendezvous-cluster/wire'
import { decodeReference, MESSAGE_TYPES } from './message-types.ts'
import { referenceCookie } from './reference-cookie.ts'

interface Message {
  type?: number
  register?: { ns?: Uint8Array; signedPeerRecord?: Uint8Array; ttl?: bigint }
  unregister?: { ns?: Uint8Array; id?: Uint8Array }
  discover?: { ns?: Uint8Array; limit?: bigint; cookie?: Uint8Array }
}

/** Numbers of the types of message, as the specifications have them. */
const TYPES = {
  waku: { register: 0, discover: 2, unregister: undefined },
  libp2p: { register: 0, discover: 3, unregister: 2 },
  waku1: { register: 0, discover: 3, unregister: 2 }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * What a request says to protobufjs and the specifications, `undefined` where a point resets the
 * stream: bytes that are no message, a type that is no request, a body that is missing, or a
 * namespace of `waku` that is no text.
 */
export function referenceRequest(dialect: DialectName, frame: Uint8Array): Request | undefined {
  let message: Message

  try {
    message = decodeReference(dialect === 'waku' ? MESSAGE_TYPES.waku : MESSAGE_TYPES.libp2p, frame)
  } catch {
    // What it throws depends on where it stops; that it throws is the verdict.
    return undefined
  }

  const request = requestOf(message, dialect)

  return dialect === 'waku' && !isText(request?.namespace) ? undefined : request
}

function requestOf(message: Message, dialect: DialectName): Request | undefined {
  const { type = 0, register = {}, unregister, discover } = message

  switch (type) {
    case TYPES[dialect].register:
      return {
        type: 'register',
        namespace: register.ns,
        signedPeerRecord: register.signedPeerRecord,
        ttl: register.ttl
      }
    case TYPES[dialect].unregister:
      return unregister && { type: 'unregister', namespace: unregister.ns, peerId: unregister.id }
    case TYPES[dialect].discover:
      return (
        discover && {
          type: 'discover',
          namespace: discover.ns,
          limit: discover.limit,
          from: referenceCookie(discover.cookie, discover.ns)
        }
      )
    default:
      return undefined
  }
}

function isText(bytes: Uint8Array | undefined): boolean {
  try {
    utf8.decode(bytes)

    return true
  } catch {
    // The only way in which a fatal decoder says no.
    return false
  }
}
