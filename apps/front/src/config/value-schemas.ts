import { multiaddr } from '@multiformats/multiaddr'
import { Namespace } from '@rendezvous-cluster/rendezvous'
import { parseRedisUrl } from '@rendezvous-cluster/stores'
import { DIALECTS, type DialectName } from '@rendezvous-cluster/wire'
import { z } from 'zod'

export const announceAddress = z.string().refine((text) => protocolsOf(text).length > 0)

const LISTEN_PROTOCOLS = /^(ip4|ip6|dns|dns4|dns6) tcp( ws| wss| tls ws)?$/

/** What a front node can listen on. */
export const listenAddress = z
  .string()
  .refine((text) => LISTEN_PROTOCOLS.test(protocolsOf(text).join(' ')))

export const hostAndPort = z
  .string()
  .regex(/^(\[[0-9a-f:.]+\]|[^:\s]+):\d{1,5}$/i)
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535)

export const storeUrl = z
  .string()
  .refine((text) => text === 'memory:' || /^level:./.test(text) || parseRedisUrl(text) != null)

export const namespaceText = z.string().refine((text) => {
  try {
    return Namespace.fromText(text) != null
  } catch {
    return false
  }
})

export const dialectName = z.enum(Object.keys(DIALECTS) as [DialectName, ...DialectName[]])

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** A decimal number; JavaScript's own conversion takes an empty text for zero. */
export const number = z
  .string()
  .regex(/^\d+(\.\d+)?$/)
  .transform(Number)

export const wholeNumber = z.string().regex(/^\d+$/).transform(Number)

/** A switch: `true` or `false`; a flag without a value says `true`. */
export const onOrOff = z.enum(['true', 'false']).transform((text) => text === 'true')

export const seconds = number.pipe(z.number().max(3600))

/** Pairs such as `10.0.0.1:6379=127.0.0.1:7001`, by what stands before the sign. */
export const natMap = z
  .array(
    z
      .string()
      .regex(/^[^=]+=[^=]+$/)
      .transform((text) => text.split('=') as [string, string])
      .pipe(z.tuple([hostAndPort, hostAndPort]))
  )
  .transform((pairs) =>
    // Servers are looked up by names without brackets, IPv6 or not.
    Object.fromEntries(
      pairs.map(([from, to]) => [from.replace(/[[\]]/g, ''), splitHostAndPort(to)])
    )
  )

/** Of a text that `hostAndPort` takes. */
export function splitHostAndPort(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':')

  return {
    host: text.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(text.slice(colon + 1))
  }
}

/** Whether listening on an address needs a certificate. */
export function needsCertificate(address: string): boolean {
  return /( wss| tls ws)$/.test(protocolsOf(address).join(' '))
}

/** Names of an address's protocols in their order, none for what is no multiaddr. */
function protocolsOf(text: string): string[] {
  try {
    // What stands for a peer id is looked at on the way to bytes, and not before.
    return multiaddr(multiaddr(text).bytes)
      .getComponents()
      .map(({ name }) => name)
  } catch {
    return []
  }
}
