import type { DialectName, ReceivedResponse } from '@rendezvous-cluster/wire'
import { decodeReference, MESSAGE_TYPES } from './message-types.ts'

export interface Registration {
  ns?: Uint8Array
  signedPeerRecord?: Uint8Array
  ttl?: bigint
}

export interface ResponseMessage {
  type?: number
  registerResponse?: { status?: number; statusText?: string; ttl?: bigint }
  discoverResponse?: {
    registrations?: Registration[]
    cookie?: Uint8Array
    status?: number
    statusText?: string
  }
}

/** Numbers of the types of message, as the specifications have them. */
const DISCOVER_RESPONSE = { waku: 3, libp2p: 4, waku1: 4 }
const REGISTER_RESPONSE = 1

/** What a response says to protobufjs, `undefined` where it says none. */
export function referenceResponse(
  dialect: DialectName,
  frame: Uint8Array
): ReceivedResponse | undefined {
  let message: ResponseMessage

  try {
    message = decodeReference(dialect === 'waku' ? MESSAGE_TYPES.waku : MESSAGE_TYPES.libp2p, frame)
  } catch {
    // What it throws depends on where it stops; that it throws is the verdict.
    return undefined
  }

  const { type = 0, registerResponse, discoverResponse } = message

  if (type === REGISTER_RESPONSE && registerResponse != null) {
    const { status = 0, statusText = '', ttl } = registerResponse

    return { type: 'register', status, statusText, ttl }
  }

  if (type === DISCOVER_RESPONSE[dialect] && discoverResponse != null) {
    const { registrations = [], cookie, status = 0, statusText = '' } = discoverResponse

    return {
      type: 'discover',
      status,
      statusText,
      cookie,
      registrations: registrations.map(({ ns, signedPeerRecord, ttl }) => ({
        namespace: ns,
        signedPeerRecord: signedPeerRecord ?? new Uint8Array(),
        ttl
      }))
    }
  }

  return undefined
}
