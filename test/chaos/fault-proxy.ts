import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What lies between two sockets. */
export interface FaultProxy {
  readonly port: number
  /** Ends every connection and refuses new ones, until {@link FaultProxy.heal}. */
  cut(): void
  /** Holds every byte back for so long, in each direction. */
  delay(ms: number): void
  heal(): void
  stop(): Promise<void>
}

/** A TCP proxy on loopback to `port`, that can fail in the ways a network does. */
export async function startFaultProxy(port: number): Promise<FaultProxy> {
  const sockets = new Set<Socket>()
  let delayMs = 0
  let isCut = false
  const server = createServer((client) => {
    if (isCut) {
      client.resetAndDestroy()

      return
    }

    const upstream = connect(port, '127.0.0.1')

    for (const [from, to] of [
      [client, upstream],
      [upstream, client]
    ] as const) {
      sockets.add(from)
      from.setNoDelay(true)
      const held: Buffer[] = []

      from.on('data', (chunk) => {
        held.push(chunk)
        // Whichever timer comes first, what has waited longest goes on first.
        setTimeout(() => to.write(held.shift() as Buffer), delayMs)
      })
      // The other side learns of it by its own end; why is of no interest here.
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true

      for (const socket of sockets) {
        socket.resetAndDestroy()
      }
    },
    delay(ms) {
      delayMs = ms
    },
    heal() {
      isCut = false
      delayMs = 0
    },
    async stop() {
      server.close()

      for (const socket of sockets) {
        socket.destroy()
      }

      await once(server, 'close')
    }
  }
}
