import type { Socket } from 'node:net'

export interface UpgradeLimitInit {
  /** Connections that may be on their way to a WebSocket at once. */
  pendingMax: number
  /** Longest way, TLS included, in milliseconds. */
  upgradeMs: number
  /** Told of each connection that is ended. */
  onEnded: () => void
}

/**
 * Ends connections that do not become WebSockets in time, and those beyond a number. One deadline
 * for the whole way: Node's own begin anew with each request, and not before the first byte.
 */
export class UpgradeLimit {
  readonly #init: UpgradeLimitInit
  readonly #pending = new Map<string, { socket: Socket; deadline: NodeJS.Timeout }>()

  constructor(init: UpgradeLimitInit) {
    this.#init = init
  }

  /** @param socket - a new connection, with nothing read of it */
  watch(socket: Socket): void {
    const { pendingMax, upgradeMs, onEnded } = this.#init
    const ends = endsOf(socket)
    const end = () => {
      socket.destroy()
      onEnded()
    }

    if (this.#pending.size >= pendingMax) {
      end()

      return
    }

    const deadline = setTimeout(end, upgradeMs)

    this.#pending.set(ends, { socket, deadline })
    socket.once('close', () => {
      clearTimeout(deadline)

      // The same ports may be those of a new connection already.
      if (this.#pending.get(ends)?.socket === socket) {
        this.#pending.delete(ends)
      }
    })
  }

  /** @param socket - of the WebSocket: with TLS another object than the one that was watched */
  upgraded(socket: Socket): void {
    const ends = endsOf(socket)

    clearTimeout(this.#pending.get(ends)?.deadline)
    this.#pending.delete(ends)
  }

  /** Ends all that are on their way: libp2p forgets those that have sent nothing. */
  endAll(): void {
    for (const { socket } of this.#pending.values()) {
      socket.destroy()
    }
  }
}

/** Both ends of a connection, which no other has at the same time. */
function endsOf(socket: Socket): string {
  const { localAddress, localPort, remoteAddress, remotePort } = socket

  return [localAddress, localPort, remoteAddress, remotePort].join(' ')
}
