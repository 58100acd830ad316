import {
  type ClientDialect,
  type DialectName,
  MalformedMessageError,
  REQUEST_FRAME_BYTES_MAX,
  type ReceivedResponse
} from '@rendezvous-cluster/wire'
import { compareReaders } from '../differences/compare-readers.ts'
import { randomResponse } from '../generate/messages.ts'
import { mutateMessage } from '../mutate/mutate-message.ts'
import { MESSAGE_TYPES } from '../reference/message-types.ts'
import { referenceResponse } from '../reference/reference-response.ts'
import type { FuzzTarget } from '../target.ts'
import { GO_RESPONSES } from './go-seeds.ts'

/** What points send means to our client what it means to protobufjs. */
export function responseTarget(dialect: ClientDialect): FuzzTarget {
  const name = dialect.name as DialectName
  const type = name === 'waku' ? MESSAGE_TYPES.waku : MESSAGE_TYPES.libp2p

  return {
    name: `${name}-response`,
    slowMs: 200,
    inputBytesMax: 2 * REQUEST_FRAME_BYTES_MAX,
    seeds: () => GO_RESPONSES,
    generate: (random) => randomResponse(name, random),
    mutate: mutateMessage,
    execute: (frame) =>
      compareReaders(frame, {
        type,
        ours: (message) => decoded(dialect, message),
        theirs: (message) => referenceResponse(name, message)
      })
  }
}

function decoded(dialect: ClientDialect, frame: Uint8Array): ReceivedResponse | undefined {
  try {
    return dialect.decodeResponse(frame)
  } catch (error) {
    if (error instanceof MalformedMessageError) {
      return undefined
    }

    throw error
  }
}
