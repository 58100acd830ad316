import { CODE_P2P, type Multiaddr } from '@multiformats/multiaddr'

/**
 * An address of a peer without that peer's id at its end. Behind a relay the relay's id comes first
 * and stays.
 */
export function withoutPeerId(address: Multiaddr): Multiaddr {
  const isLast = address.getComponents().at(-1)?.code === CODE_P2P

  return isLast ? address.decapsulateCode(CODE_P2P) : address
}
