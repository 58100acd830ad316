import { setTimeout as delay } from 'node:timers/promises'
import type { Connection, Libp2p } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { PointClient } from '@rendezvous-cluster/client'
import { DIALECTS } from '@rendezvous-cluster/wire'

const { waku } = DIALECTS

/** Between a failed dial and the next, in milliseconds. */
const REDIAL_MS = 300

const DIAL_MS_MAX = 3000

/** A peer's way to one point: a connection that is made again once it has ended. */
export class PointLink {
  readonly #node: Libp2p
  readonly #point: Multiaddr
  readonly #onClose: () => void
  readonly #stopped = new AbortController()
  #client?: PointClient
  #redialling?: Promise<void>

  private constructor(node: Libp2p, point: Multiaddr, onClose: () => void) {
    this.#node = node
    this.#point = point
    this.#onClose = onClose
  }

  /** @param onClose - told when the connection has ended although nobody stopped */
  static async open(node: Libp2p, point: Multiaddr, onClose: () => void): Promise<PointLink> {
    const link = new PointLink(node, point, onClose)

    await link.#dial()

    return link
  }

  /** `undefined` while there is no connection. */
  get client(): PointClient | undefined {
    return this.#client
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#redialling
  }

  async #dial(): Promise<void> {
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(DIAL_MS_MAX)])
    const connection = await this.#node.dial(this.#point, { signal })

    connection.addEventListener('close', () => this.#closed())

    // It may have ended before anybody listened.
    if (connection.status !== 'open') {
      throw new Error('the connection has ended at once')
    }

    this.#client = clientOf(connection)
  }

  #closed(): void {
    this.#client = undefined

    if (!this.#stopped.signal.aborted) {
      this.#onClose()
      this.#redialling ??= this.#redial().finally(() => {
        this.#redialling = undefined
      })
    }
  }

  async #redial(): Promise<void> {
    while (!this.#stopped.signal.aborted && this.#client == null) {
      await delay(REDIAL_MS)
      await this.#dial().catch(() => {
        // It is away, or not back yet.
      })
    }
  }
}

function clientOf(connection: Connection): PointClient {
  return new PointClient({
    dialect: waku,
    openStream: (options) => connection.newStream(waku.protocol, options)
  })
}
