import type { PeerId } from '@libp2p/interface'
import { CODE_P2P, multiaddr } from '@multiformats/multiaddr'
import { ConfigError } from './load-config.ts'
import { optionLabel } from './option-table.ts'

/**
 * The addresses of `--announce` as a node is made with: without its peer id, which it adds where it belongs.
 *
 * @throws ConfigError for those that end in another peer id: whoever dials them expects that one
 */
export function announcedAddresses(announce: readonly string[], peerId: PeerId): string[] {
  const own = peerId.toString()
  const problems: string[] = []

  const addresses = announce.map((text) => {
    // From bytes all forms of a peer id are read as one.
    const address = multiaddr(multiaddr(text).bytes)
    const last = address.getComponents().at(-1)

    // What stands further ahead is a relay's.
    if (last?.code !== CODE_P2P) {
      return text
    }

    if (last.value !== own) {
      problems.push(
        `${optionLabel('announce')}: "${text}" leads to the peer id ${last.value}, and this node has ${own}; ` +
          'leave /p2p/… out at its end, or start the node with the key of that peer id'
      )
    }

    return address.decapsulateCode(CODE_P2P).toString()
  })

  if (problems.length > 0) {
    throw new ConfigError(problems)
  }

  return addresses
}
