import type { Multiaddr } from '@multiformats/multiaddr'

/** One of its addresses cannot be listened on. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
  readonly address: Multiaddr

  constructor(address: Multiaddr, options: { cause: unknown }) {
    super((options.cause as Error).message, options)
    this.address = address
  }
}
