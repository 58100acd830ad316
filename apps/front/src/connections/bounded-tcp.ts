import type { Server } from 'node:net'
import type { Listener, Transport, Upgrader } from '@libp2p/interface'
import { type TCPComponents, type TCPSocketOptions, tcp } from '@libp2p/tcp'
import type { Admission } from './admission.ts'
import { type TcpConnection, writeAtOnce } from './write-at-once.ts'

export interface BoundedTcpInit {
  /** Once aborted no new connection is accepted; those that are open stay. */
  accepting: AbortSignal
  admission: Admission
}

/** libp2p's TCP, with an {@link Admission}, and one call of the system for what is sent at a time. */
export function boundedTcp({
  accepting,
  admission
}: BoundedTcpInit): (components: TCPComponents) => Transport {
  return (components) => {
    const transport = tcp({
      // Which connections are idle is decided over all transports, and by what peers ask for.
      inboundSocketInactivityTimeout: 0,
      // Closing a listener of libp2p ends its connections too. Node's own `listen` takes a signal
      // that leaves them open, and these options reach it as they are.
      listenOpts: { signal: accepting } as TCPSocketOptions
    })(components)
    const createListener = transport.createListener.bind(transport)

    transport.createListener = (options) => {
      const upgrader = writingAtOnce(options.upgrader)
      const listener = createListener({ ...options, upgrader }) as Listener & { server: Server }

      admission.guard(listener.server)

      return listener
    }

    return transport
  }
}

function writingAtOnce(upgrader: Upgrader): Upgrader {
  const upgradeInbound: Upgrader['upgradeInbound'] = (connection, options) => {
    writeAtOnce(connection as TcpConnection)

    return upgrader.upgradeInbound(connection, options)
  }

  return Object.create(upgrader, { upgradeInbound: { value: upgradeInbound } })
}
