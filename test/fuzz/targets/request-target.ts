import type { Request } from '@rendezvous-cluster/rendezvous'
import {
  type Dialect,
  type DialectName,
  MalformedMessageError,
  REQUEST_FRAME_BYTES_MAX
} from '@rendezvous-cluster/wire'
import { compareReaders } from '../differences/compare-readers.ts'
import { UNKNOWN_TYPE_RULE } from '../differences/difference-rules.ts'
import { randomRequest } from '../generate/messages.ts'
import { mutateMessage } from '../mutate/mutate-message.ts'
import { MESSAGE_TYPES } from '../reference/message-types.ts'
import { referenceRequest } from '../reference/reference-request.ts'
import { assertInvariant, describeValue, type FuzzTarget } from '../target.ts'
import { GO_REQUESTS } from './go-seeds.ts'
import { unframed } from './unframed.ts'

/** Requests of a dialect mean what they mean to protobufjs, and are read again as we write them. */
export function requestTarget(dialect: Dialect): FuzzTarget {
  const name = dialect.name as DialectName
  const type = name === 'waku' ? MESSAGE_TYPES.waku : MESSAGE_TYPES.libp2p

  return {
    name: `${name}-request`,
    slowMs: 100,
    inputBytesMax: REQUEST_FRAME_BYTES_MAX,
    seeds: () => GO_REQUESTS,
    generate: (random) => randomRequest(name, random),
    mutate: mutateMessage,

    execute(frame) {
      const rules = compareReaders(frame, {
        type,
        ours: (message) => decoded(dialect, message),
        theirs: (message) => referenceRequest(name, message),
        rules: [UNKNOWN_TYPE_RULE]
      })
      const request = decoded(dialect, frame)

      if (request != null) {
        assertWrittenAlike(dialect, request)
      }

      return rules
    }
  }
}

function decoded(dialect: Dialect, frame: Uint8Array): Request | undefined {
  try {
    return dialect.decodeRequest(frame)
  } catch (error) {
    if (error instanceof MalformedMessageError) {
      return undefined
    }

    throw error
  }
}

/** The cookie apart: a point reads it into something else. */
function assertWrittenAlike(dialect: Dialect, request: Request): void {
  const written = { ...request, from: undefined }
  const read = decoded(dialect, unframed(dialect.encodeRequest(written)))

  assertInvariant(
    describeValue(read) === describeValue(written),
    `${describeValue(written)}, as we write it, is read as ${describeValue(read)}`
  )
}
