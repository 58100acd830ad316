import { type ProtobufField, readFields } from './protobuf.ts'
import type { Protocol } from './protocols.ts'

/** A registration as it was sent. An absent field is `undefined`. */
export interface FoundRegistration {
  namespace?: Uint8Array
  record?: Uint8Array
  ttl?: bigint
}

interface AnyAnswer {
  /** Zero also when it was left out. */
  status: number
  statusText: string
  /** Whether type and status were sent, also where they are zero. */
  isExplicit: boolean
  /** Of the whole frame, length included. */
  frameBytes: number
}

export interface RegisterAnswer extends AnyAnswer {
  type: 'register'
  ttl?: bigint
}

export interface DiscoverAnswer extends AnyAnswer {
  type: 'discover'
  registrations: FoundRegistration[]
  cookie?: Uint8Array
}

export type Answer = RegisterAnswer | DiscoverAnswer

/**
 * Reads an answer field by field.
 *
 * @param message - without its length
 * @throws Error for anything that is no answer of this protocol
 */
export function readAnswer(message: Uint8Array, protocol: Protocol, frameBytes: number): Answer {
  const fields = readFields(message)
  const type = Number(numberOf(fields, 1) ?? 0n)

  if (type === 1) {
    const body = readFields(bytesOf(fields, 3) ?? failed('a REGISTER_RESPONSE without a body'))

    return {
      type: 'register',
      ...commonOf(body, 1),
      ttl: numberOf(body, 3),
      frameBytes
    }
  }

  if (type === protocol.types.discoverResponse) {
    const field = protocol.bodies.discoverResponse
    const body = readFields(bytesOf(fields, field) ?? failed('a DISCOVER_RESPONSE without a body'))

    return {
      type: 'discover',
      ...commonOf(body, 3),
      registrations: body.filter(({ field }) => field === 1).map(readRegistration),
      cookie: bytesOf(body, 2),
      frameBytes
    }
  }

  return failed(`an answer of type ${type}`)
}

/** Status and text stand next to each other. An answer's type is never zero: it is here. */
function commonOf(body: readonly ProtobufField[], statusField: number) {
  const status = numberOf(body, statusField)

  return {
    status: Number(status ?? 0n),
    statusText: new TextDecoder().decode(bytesOf(body, statusField + 1)),
    isExplicit: status != null
  }
}

function readRegistration({ value }: ProtobufField): FoundRegistration {
  const fields = readFields(value instanceof Uint8Array ? value : failed('a number'))

  return { namespace: bytesOf(fields, 1), record: bytesOf(fields, 2), ttl: numberOf(fields, 3) }
}

/** The last one counts, as protobuf says. */
export function bytesOf(fields: readonly ProtobufField[], field: number): Uint8Array | undefined {
  const value = fields.findLast((candidate) => candidate.field === field)?.value

  return typeof value === 'bigint' ? failed(`a number in field ${field}`) : value
}

export function numberOf(fields: readonly ProtobufField[], field: number): bigint | undefined {
  const value = fields.findLast((candidate) => candidate.field === field)?.value

  return value instanceof Uint8Array ? failed(`bytes in field ${field}`) : value
}

function failed(what: string): never {
  throw new Error(`the point sent ${what}`)
}
