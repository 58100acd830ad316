import { multiaddrParts } from '@rendezvous-cluster/rendezvous'
import { parseIp, plainIp } from './ip-address.ts'

/** @see https://github.com/multiformats/multiaddr/blob/master/protocols.csv */
const Code = { IP4: 4, IP6: 41, IP6ZONE: 42, DNS: 53, DNS4: 54, DNS6: 55, DNSADDR: 56 } as const

const NAME_CODES: ReadonlySet<number> = new Set([Code.DNS, Code.DNS4, Code.DNS6, Code.DNSADDR])

const utf8 = new TextDecoder()

/** What an address leads to: an IP address of 4 or 16 bytes, or a name in lower case. */
export type AddressHost = { ip: Uint8Array } | { name: string }

/**
 * Every host in a binary multiaddr, the one that is dialled first. None at all if the address does
 * not begin with one, as of a relay that is named by its peer id alone.
 *
 * @throws Error on what is no multiaddr
 */
export function hostsOf(address: Uint8Array): AddressHost[] {
  const parts = [...multiaddrParts(address)].filter(({ code }) => code !== Code.IP6ZONE)
  const hosts = parts.map(({ code, value }) => hostOf(code, value))

  return hosts[0] == null ? [] : hosts.filter((host) => host != null)
}

function hostOf(code: number, value: Uint8Array): AddressHost | undefined {
  if (code === Code.IP4 || code === Code.IP6) {
    return { ip: plainIp(value) }
  }

  if (!NAME_CODES.has(code)) {
    return undefined
  }

  const name = utf8.decode(value).toLowerCase().replace(/\.$/, '')
  // What a resolver takes for an IP address, without asking anybody: `127.1` is 127.0.0.1.
  const ip = parseIp(name)

  return ip == null ? { name } : { ip }
}
