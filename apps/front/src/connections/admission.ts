import type { Server, Socket } from 'node:net'
import { IpLimit, type IpLimitInit, type IpRefusal } from './ip-limit.ts'

export type AdmissionRefusal = IpRefusal | 'max-connections'

export interface AdmissionInit {
  /** Connections at once, over all transports, those in their handshake included. */
  connectionsMax: number
  perIp: IpLimitInit
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

  /** Lets a server know only of connections that come in; the others are reset. */
  guard(server: Server): void {
    const { emit } = server

    // The one place ahead of the listeners that a transport has added when it made the server.
    server.emit = (event: string | symbol, ...args: unknown[]) =>
      (event !== 'connection' || this.#admits(args[0] as Socket)) &&
      Reflect.apply(emit, server, [event, ...args])
  }

  #admits(socket: Socket): boolean {
    const network = this.#ips.networkOf(socket.remoteAddress)
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

    return true
  }

  #refusalOf(network: string | undefined): AdmissionRefusal | undefined {
    if (this.#open >= this.#init.connectionsMax) {
      return 'max-connections'
    }

    return network == null ? undefined : this.#ips.enter(network)
  }
}
