import type { DiscoveredPeer } from '@rendezvous-cluster/client'

/** A peer as JSON output has it. */
export function peerFields({ peerId, multiaddrs, ttlSeconds }: DiscoveredPeer): {
  peerId: string
  multiaddrs: string[]
  ttlSeconds: number
} {
  return { peerId: peerId.toString(), multiaddrs: multiaddrs.map(String), ttlSeconds }
}

/** A line for the peer and one for each of its addresses. */
export function peerText({ peerId, multiaddrs, ttlSeconds }: DiscoveredPeer): string {
  const addresses = multiaddrs.map((address) => `  ${address.toString()}\n`).join('')

  return `${peerId.toString()}  ${ttlSeconds} s\n${addresses}`
}
