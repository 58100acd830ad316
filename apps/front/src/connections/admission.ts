import type { Server, Socket } from 'node:net'
import type { Connection } from '@libp2p/interface'
import { type EventLoopTurns, ipOf, parseIp } from '@rendezvous-cluster/point'
import { IpLimit, type IpLimitInit, type IpRefusal } from './ip-limit.ts'

/**
 * A connection without traffic is asked whether its peer is still there after so long, in
 * milliseconds. Peers with a live registration may be silent for days, and some vanish.
 */
const KEEP_ALIVE_MS = 5 * 60 * 1000

export type AdmissionRefusal = IpRefusal | 'max-connections'

export interface AdmissionInit {
  /** Connections at once, over all transports, those in their handshake included. */
  connectionsMax: number
  perIp: IpLimitInit
  /** In which connections that come in begin. */
  turns: EventLoopTurns
  /** Told of each connection that is refused. */
  onRefused: (reason: AdmissionRefusal) => void
}

/** Decides which connections come in, before anything is read of them or spent on them. */
export class Admission {
  readonly #init: AdmissionInit
  readonly #ips: IpLimit
  #open = 0

  constructor(init: AdmissionInit) {
    this.#init = init
    this.#ips = new IpLimit(init.perIp)
  }

  /**
   * Lets a server know only of connections that come in; the others are reset. Each begins in a turn of the
   * event loop of its own, by network, since it takes about a millisecond until its handshake is done.
   */
  guard(server: Server): void {
    const { emit } = server

    // The one place ahead of the listeners that a transport has added when it made the server.
    server.emit = (event: string | symbol, ...args: unknown[]) => {
      if (event !== 'connection') {
        return Reflect.apply(emit, server, [event, ...args])
      }

      const [socket] = args as [Socket]

      const network = this.networkOfSocket(socket)

      if (this.#admits(socket, network)) {
        void this.#begin(socket, network, () => Reflect.apply(emit, server, [event, ...args]))
      }

      return true
    }
  }

  /** The network that a connection's address belongs to, where that is held to a limit. */
  networkOf({ remoteAddr }: Pick<Connection, 'remoteAddr'>): string | undefined {
    return this.#ips.networkOf(ipOf(remoteAddr))
  }

  /** The same of a connection that libp2p does not know yet. */
  networkOfSocket({ remoteAddress = '' }: Socket): string | undefined {
    return this.#ips.networkOf(parseIp(remoteAddress))
  }

  async #begin(socket: Socket, network: string | undefined, begin: () => void): Promise<void> {
    // Nobody else listens while it waits, and an error would end the process.
    socket.on('error', () => {})
    await this.#init.turns.next(network ?? '', () => socket.destroyed)

    if (socket.destroyed) {
      return
    }

    try {
      begin()
    } catch {
      // The listener was closed while it waited.
      socket.destroy()
    }
  }

  #admits(socket: Socket, network: string | undefined): boolean {
    const refusal = this.#refusalOf(network)

    if (refusal != null) {
      // Unlike an ordinary end it leaves nothing with the system for the next minute.
      socket.resetAndDestroy()
      this.#init.onRefused(refusal)

      return false
    }

    this.#open++
    socket.once('close', () => {
      this.#open--

      if (network != null) {
        this.#ips.leave(network)
      }
    })
    socket.setKeepAlive(true, KEEP_ALIVE_MS)

    return true
  }

  #refusalOf(network: string | undefined): AdmissionRefusal | undefined {
    if (this.#open >= this.#init.connectionsMax) {
      return 'max-connections'
    }

    return network == null ? undefined : this.#ips.enter(network)
  }
}
