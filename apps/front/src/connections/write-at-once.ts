import type { Socket } from 'node:net'
import type { MultiaddrConnection } from '@libp2p/interface'

/** A connection of TCP as libp2p has it at runtime. */
export type TcpConnection = MultiaddrConnection & {
  socket: Socket
  sendData(data: unknown): unknown
}

/**
 * Hands what is sent at a time to the system in one call. libp2p makes one for each piece of it, and
 * an encrypted message has two: its length and itself.
 */
export function writeAtOnce(connection: TcpConnection): void {
  const { socket, sendData } = connection

  connection.sendData = (data) => {
    socket.cork()

    try {
      return sendData.call(connection, data)
    } finally {
      socket.uncork()
    }
  }
}
