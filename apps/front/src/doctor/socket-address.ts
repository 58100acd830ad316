import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'

/** Where a multiaddr with TCP leads. */
export interface SocketAddress {
  /** An IP address or a name. */
  host: string
  port: number
}

const HOSTS: ReadonlySet<string> = new Set(['ip4', 'ip6', 'dns', 'dns4', 'dns6'])

/** @returns `undefined` for an address without a host and a TCP port, such as one of QUIC or `dnsaddr` */
export function socketAddressOf(text: string): SocketAddress | undefined {
  const components = multiaddr(text).getComponents()
  const host = valueBy(components, (name) => HOSTS.has(name))
  const port = valueBy(components, (name) => name === 'tcp')

  return host == null || port == null ? undefined : { host, port: Number(port) }
}

function valueBy(
  components: ReturnType<Multiaddr['getComponents']>,
  isWanted: (name: string) => boolean
): string | undefined {
  return components.find(({ name }) => isWanted(name))?.value
}
