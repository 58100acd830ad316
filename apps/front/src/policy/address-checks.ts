import { type AddressHost, hostsOf, isPublicIp } from '@rendezvous-cluster/point'
import type { NamespacePolicy } from '@rendezvous-cluster/rendezvous'

/** What a rule says of the addresses in a record. */
export const ADDRESS_RULES = ['any', 'public', 'observed'] as const

type AddressRule = (typeof ADDRESS_RULES)[number]
type AddressCheck = NonNullable<NamespacePolicy['takesAddresses']>

/**
 * Whether the addresses of a record are taken, for each rule. `public`: every host is in the open
 * internet; names are not looked up and count as that. `observed`: every host is the IP address
 * that the peer's connection comes from, so that nobody sends others to a stranger; a name proves
 * nothing there, and a relay is another host.
 */
export const ADDRESS_CHECKS: Readonly<Record<AddressRule, AddressCheck | undefined>> = {
  any: undefined,
  public: (addresses) => addresses.every((address) => leadsTo(address, isPublic)),
  observed: (addresses, { ip }) =>
    ip != null && addresses.every((address) => leadsTo(address, (host) => isAt(host, ip)))
}

/** Whether an address leads to hosts of this kind alone. One without a host leads nowhere. */
function leadsTo(address: Uint8Array, isWanted: (host: AddressHost) => boolean): boolean {
  const hosts = hostsOf(address)

  return hosts.length > 0 && hosts.every(isWanted)
}

function isPublic(host: AddressHost): boolean {
  return 'ip' in host ? isPublicIp(host.ip) : !/(^|\.)localhost$/.test(host.name)
}

function isAt(host: AddressHost, ip: Uint8Array): boolean {
  return 'ip' in host && Buffer.compare(host.ip, ip) === 0
}
