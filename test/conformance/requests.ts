import { bytesField, framed, joined, numberField } from './protobuf.ts'
import type { Protocol } from './protocols.ts'

/** Fields of a REGISTER; what is `undefined` is left out. */
export interface RegisterFields {
  namespace?: Uint8Array
  record?: Uint8Array
  ttl?: bigint | number
}

/** Fields of a DISCOVER; what is `undefined` is left out. */
export interface DiscoverFields {
  namespace?: Uint8Array
  limit?: bigint | number
  cookie?: Uint8Array
}

/** Fields of an UNREGISTER; what is `undefined` is left out. */
export interface UnregisterFields {
  namespace?: Uint8Array
  id?: Uint8Array
}

/** Length, type and body, the type explicit. */
export function registerFrame(fields: RegisterFields): Uint8Array {
  return framed(joined(numberField(1, 0), bytesField(2, registerBody(fields))))
}

export function registerBody({ namespace, record, ttl }: RegisterFields): Uint8Array {
  return joined(bytesField(1, namespace), bytesField(2, record), numberField(3, ttl))
}

export function discoverFrame({ types, bodies }: Protocol, fields: DiscoverFields): Uint8Array {
  const { namespace, limit, cookie } = fields
  const body = joined(bytesField(1, namespace), numberField(2, limit), bytesField(3, cookie))

  return framed(joined(numberField(1, types.discover), bytesField(bodies.discover, body)))
}

/** As `/rendezvous/1.0.0` writes it: also to be sent to a protocol that has none. */
export function unregisterFrame({ namespace, id }: UnregisterFields): Uint8Array {
  const body = joined(bytesField(1, namespace), bytesField(2, id))

  return framed(joined(numberField(1, 2), bytesField(4, body)))
}
