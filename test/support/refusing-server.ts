import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface RefusingServer {
  readonly port: number
  /** Everything that was said to it, as one text. */
  heard(): string
  stop(): Promise<void>
}

/**
 * A server on loopback that knows no command and says so as Redis does: with the command and its
 * arguments, a password among them.
 */
export async function startRefusingServer(): Promise<RefusingServer> {
  const sockets = new Set<Socket>()
  let heard = ''
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {
      // It is gone, and so is what was to be answered.
    })
    socket.on('data', (data) => {
      heard += String(data)

      for (const [name, ...args] of commandsIn(String(data))) {
        const quoted = args.map((arg) => `'${arg}' `).join('')

        socket.write(`-ERR unknown command '${name}', with args beginning with: ${quoted}\r\n`)
      }
    })
  }).listen(0, '127.0.0.1')

  await once(listener, 'listening')

  return {
    port: (listener.address() as AddressInfo).port,
    heard: () => heard,
    async stop() {
      for (const socket of sockets) {
        socket.destroy()
      }

      listener.close()
      await once(listener, 'close')
    }
  }
}

/** Short commands arrive whole, several at a time. */
function commandsIn(text: string): string[][] {
  return text
    .split(/^\*\d+\r\n/m)
    .filter((command) => command !== '')
    .map((command) => [...command.matchAll(/^\$\d+\r\n(.*)\r\n/gm)].map(([, arg = '']) => arg))
}
