import { isIP } from 'node:net'
import { parseIp } from '@rendezvous-cluster/point'

/** How IP addresses are shown: as they are, as the network that they are in, or not at all. */
export const IP_FORMS = ['full', 'shortened', 'none'] as const

export type IpForm = (typeof IP_FORMS)[number]

/** What stands for an address that is not shown. */
const HIDDEN = '…'

/** Bytes of an address that are left: /24 of IPv4, and of IPv6 the /48 that a customer gets. */
const IPV4_BYTES = 3
const IPV6_BYTES = 6

/**
 * What may be an IP address. Eight groups of IPv6 and a port after them, since Node writes it so.
 * What stands around it says nothing: in JSON an `n` may be the end of a line.
 */
const CANDIDATE =
  /(?:[\da-f]{0,4}:){2,9}(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f]{0,5})|\d{1,3}(?:\.\d{1,3}){3}/gi

/** The name in a multiaddr: it tells as much of a peer as its address. */
const NAME_IN_MULTIADDR = /(\/dns(?:4|6|addr)?\/)[^/\s",]+/g

/**
 * A text with all its IP addresses in this form; with `none`, names in multiaddrs are left out too.
 * Takes time linear in its length, whatever it holds.
 */
export function withIps(text: string, form: IpForm): string {
  switch (form) {
    case 'full':
      return text
    case 'shortened':
      return text.replace(CANDIDATE, (candidate) => replaced(candidate, shortened))
    case 'none':
      return text
        .replace(CANDIDATE, (candidate) => replaced(candidate, () => HIDDEN))
        .replace(NAME_IN_MULTIADDR, `$1${HIDDEN}`)
    default:
      return form satisfies never
  }
}

/** What it begins with may be an address, and the rest a port, or the colon of a sentence. */
function replaced(candidate: string, show: (ip: Uint8Array) => string): string {
  for (let end = candidate.length; end > 0; end = candidate.lastIndexOf(':', end - 1)) {
    const start = candidate.slice(0, end)
    const ip = isIP(start) === 0 ? undefined : parseIp(start)

    if (ip != null) {
      return show(ip) + candidate.slice(end)
    }
  }

  return candidate
}

function shortened(ip: Uint8Array): string {
  if (ip.byteLength === 4) {
    return [...ip.subarray(0, IPV4_BYTES), 0].join('.')
  }

  const groups = Buffer.from(ip.subarray(0, IPV6_BYTES)).toString('hex').match(/.{4}/g) ?? []

  return `${groups.map((group) => group.replace(/^0{1,3}/, '')).join(':')}::`
}
