import { connect, type Socket } from 'node:net'
import type { Multiaddr } from '@multiformats/multiaddr'

/** What a peer says first: both protocols of the handshake, ahead of any answer. */
export const HELLO = Buffer.concat([line('/multistream/1.0.0'), line('/noise')])

/** A connection without any protocol, from an address of the attacker's. Rejects if it is refused. */
export async function hostileSocket(point: Multiaddr, localAddress: string): Promise<Socket> {
  const [, host, port] = /^\/ip4\/([\d.]+)\/tcp\/(\d+)/.exec(point.toString()) ?? []
  const socket = connect({ host, port: Number(port), localAddress })

  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => {})

  return socket
}

/** Resolves once the other side has ended it. */
export function ended(socket: Socket): Promise<void> {
  return socket.closed
    ? Promise.resolve()
    : new Promise((resolve) => socket.once('close', () => resolve()))
}

/** As multistream-select frames it. */
export function line(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length + 1]), Buffer.from(`${text}\n`)])
}
