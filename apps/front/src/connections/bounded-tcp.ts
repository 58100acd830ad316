import type { Server } from 'node:net'
import type { Listener, Transport } from '@libp2p/interface'
import { type TCPComponents, type TCPSocketOptions, tcp } from '@libp2p/tcp'
import type { Admission } from './admission.ts'

export interface BoundedTcpInit {
  /** Once aborted no new connection is accepted; those that are open stay. */
  accepting: AbortSignal
  admission: Admission
}

/** libp2p's TCP, with an {@link Admission}. */
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
      const listener = createListener(options) as Listener & { server: Server }

      admission.guard(listener.server)

      return listener
    }

    return transport
  }
}
