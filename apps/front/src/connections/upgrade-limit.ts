import type { Socket } from 'node:net'
import { Pending } from './pending.ts'

export interface UpgradeLimitInit {
  /** Connections that may be on their way to a WebSocket at once; for the next, another has to go. */
  pendingMax: number
  /** The network that a connection comes from. */
  networkOf: (socket: Socket) => string | undefined
  /** Longest way, TLS included, in milliseconds. */
  upgradeMs: number
  /** Told of each connection that is ended. */
  onEnded: () => void
}

/** A connection on its way. */
interface Upgrade {
  socket: Socket
  deadline: NodeJS.Timeout
}

/**
 * Ends connections that do not become WebSockets in time, and of those beyond a number the oldest of
 * the network with most. One deadline for the whole way: Node's own begin anew with each request,
 * and not before the first byte.
 */
export class UpgradeLimit {
  readonly #init: UpgradeLimitInit
  readonly #pending: Pending<Upgrade>
  readonly #byEnds = new Map<string, Upgrade>()

  constructor(init: UpgradeLimitInit) {
    this.#init = init
    this.#pending = new Pending(init.pendingMax)
  }

  /** @param socket - a new connection, with nothing read of it */
  watch(socket: Socket): void {
    const { upgradeMs, networkOf } = this.#init
    const ends = endsOf(socket)
    const upgrade: Upgrade = {
      socket,
      deadline: setTimeout(() => this.#end(upgrade), upgradeMs)
    }

    this.#byEnds.set(ends, upgrade)
    this.#pending.add(upgrade, networkOf(socket))
    socket.once('close', () => this.#forget(ends, upgrade))

    const { oneTooMany } = this.#pending

    if (oneTooMany != null) {
      this.#end(oneTooMany)
    }
  }

  /** @param socket - of the WebSocket: with TLS another object than the one that was watched */
  upgraded(socket: Socket): void {
    const ends = endsOf(socket)
    const upgrade = this.#byEnds.get(ends)

    if (upgrade != null) {
      this.#forget(ends, upgrade)
    }
  }

  /** Ends all that are on their way: libp2p forgets those that have sent nothing. */
  endAll(): void {
    for (const { socket } of this.#pending) {
      socket.destroy()
    }
  }

  #end(upgrade: Upgrade): void {
    this.#pending.delete(upgrade)
    upgrade.socket.destroy()
    this.#init.onEnded()
  }

  #forget(ends: string, upgrade: Upgrade): void {
    clearTimeout(upgrade.deadline)
    this.#pending.delete(upgrade)

    // The same ports may be those of a new connection already.
    if (this.#byEnds.get(ends) === upgrade) {
      this.#byEnds.delete(ends)
    }
  }
}

/** Both ends of a connection, which no other has at the same time. */
function endsOf(socket: Socket): string {
  const { localAddress, localPort, remoteAddress, remotePort } = socket

  return [localAddress, localPort, remoteAddress, remotePort].join(' ')
}
