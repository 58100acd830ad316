import type { Connection, Libp2pEvents, Startable, TypedEventTarget } from '@libp2p/interface'
import type { ConnectionManager } from '@libp2p/interface-internal'

export interface OpenConnectionsComponents {
  connectionManager: ConnectionManager
  events: TypedEventTarget<Libp2pEvents>
}

/**
 * The open connections, oldest first, at hand for libp2p too. Its own list is joined anew from one
 * list per peer whenever it is asked for, twice for each new connection, in a time that grows with
 * the square of their number: some 80 ms for 10,000.
 */
export class OpenConnections implements Startable, Iterable<[Connection, openedAtMs: number]> {
  readonly #components: OpenConnectionsComponents
  readonly #now: () => number
  readonly #openedAtMs = new Map<Connection, number>()

  /** @param now - a steady clock in milliseconds */
  constructor(components: OpenConnectionsComponents, now: () => number) {
    const { connectionManager } = components
    const { getConnections } = connectionManager

    this.#components = components
    this.#now = now
    connectionManager.getConnections = (peerId) =>
      peerId == null ? [...this.#openedAtMs.keys()] : getConnections.call(connectionManager, peerId)
  }

  get size(): number {
    return this.#openedAtMs.size
  }

  [Symbol.iterator](): Iterator<[Connection, openedAtMs: number]> {
    return this.#openedAtMs.entries()
  }

  start(): void {
    const { events } = this.#components

    events.addEventListener('connection:open', this.#onOpen)
    events.addEventListener('connection:close', this.#onClose)
  }

  stop(): void {
    const { events } = this.#components

    events.removeEventListener('connection:open', this.#onOpen)
    events.removeEventListener('connection:close', this.#onClose)
    this.#openedAtMs.clear()
  }

  readonly #onOpen = ({ detail: connection }: CustomEvent<Connection>) => {
    // One that its peer has ended meanwhile has had its 'close' already.
    if (connection.status === 'open') {
      this.#openedAtMs.set(connection, this.#now())
    }
  }

  readonly #onClose = ({ detail: connection }: CustomEvent<Connection>) => {
    this.#openedAtMs.delete(connection)
  }
}
