import type { Multiaddr } from '@multiformats/multiaddr'
import ipaddr from 'ipaddr.js'

/**
 * The IP address that a multiaddr begins with: 4 or 16 bytes. An IPv4 address in the clothes of
 * IPv6, as a socket of both families sees it, is an IPv4 address. `undefined` where there is none.
 */
export function ipOf(address: Multiaddr): Uint8Array | undefined {
  const first = address.getComponents().find(({ name }) => name !== 'ip6zone')

  if ((first?.name !== 'ip4' && first?.name !== 'ip6') || !ipaddr.isValid(first.value ?? '')) {
    return undefined
  }

  return Uint8Array.from(ipaddr.process(first.value as string).toByteArray())
}

/** Whether an IP address is one of the open internet, by the registries of special addresses. */
export function isPublicIp(ip: Uint8Array): boolean {
  return ipaddr.fromByteArray([...ip]).range() === 'unicast'
}
