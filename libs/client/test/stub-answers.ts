import type { Dialect } from '@rendezvous-cluster/wire'

/** What a stub point answers a REGISTER with: by default that it is granted. */
export interface RegisterAnswer {
  status?: number
  statusText?: string
  /** Seconds. Default: left out. */
  ttl?: bigint
}

/** What a stub point answers a DISCOVER with: by default that there is nobody. */
export interface DiscoverAnswer {
  status?: number
  statusText?: string
  registrations?: readonly StubRegistration[]
  /** Default: left out. */
  cookie?: Uint8Array
}

export interface StubRegistration {
  /** Default: left out. */
  namespace?: string
  record: Uint8Array
  /** Seconds. Default: left out. */
  ttl?: bigint
}

type Field = bigint | number | string | Uint8Array | undefined

/** Where a dialect has its parts: types of the responses, fields of their bodies, and in these. */
const LAYOUTS = {
  libp2p: { registerType: 1, discoverType: 4, discoverBody: 6, cookie: 2, status: 3, text: 4 },
  waku: { registerType: 1, discoverType: 3, discoverBody: 5, cookie: 0, status: 2, text: 3 }
}

/** Written by hand, since a dialect writes nothing that a point should not send. */
export function registerAnswer(
  { name }: Dialect,
  { status = 0, statusText, ttl }: RegisterAnswer = {}
): Uint8Array {
  const { registerType } = LAYOUTS[name as keyof typeof LAYOUTS]

  return framed(message([1, registerType], [3, message([1, status], [2, statusText], [3, ttl])]))
}

/** As {@link registerAnswer}. */
export function discoverAnswer(
  { name }: Dialect,
  { status = 0, statusText, registrations = [], cookie }: DiscoverAnswer = {}
): Uint8Array {
  const layout = LAYOUTS[name as keyof typeof LAYOUTS]
  const body = message(
    ...registrations.map(({ namespace, record, ttl }): [number, Field] => [
      1,
      message([1, namespace], [2, record], [3, ttl])
    ]),
    [layout.cookie, cookie],
    [layout.status, status],
    [layout.text, statusText]
  )

  return framed(message([1, layout.discoverType], [layout.discoverBody, body]))
}

/** A message behind its length. */
export function framed(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.from(varint(BigInt(bytes.byteLength))), bytes])
}

/** Protobuf fields; those that are `undefined` are left out. */
function message(...fields: [number: number, value: Field][]): Uint8Array {
  return Buffer.concat(
    fields.map(([number, value]) => {
      if (value == null) {
        return Uint8Array.of()
      }

      if (typeof value === 'number' || typeof value === 'bigint') {
        return Uint8Array.of(number << 3, ...varint(BigInt(value)))
      }

      const bytes = Buffer.from(value)

      return Buffer.concat([
        Uint8Array.of((number << 3) | 2, ...varint(BigInt(bytes.byteLength))),
        bytes
      ])
    })
  )
}

function varint(value: bigint): number[] {
  const rest = value >> 7n

  return rest === 0n ? [Number(value)] : [Number(value & 0x7fn) | 0x80, ...varint(rest)]
}
