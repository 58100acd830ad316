import type { Socket } from 'node:net'
import type { MultiaddrConnection } from '@libp2p/interface'

/** A connection of TCP as libp2p has it at runtime. */
export type TcpConnection = MultiaddrConnection & {
  socket: Socket
  sendData(data: unknown): unknown
}

/**
 * Hands all that an arrival is answered with, as far as nothing else is waited for, to the system in one call.
 * libp2p makes one for each piece of it: an encrypted message has two, and the first request on a stream
 * is answered with two messages.
 */
export function writeAtOnce(connection: TcpConnection): void {
  const { socket, sendData } = connection
  let isHeldBack = false

  function release(): void {
    isHeldBack = false
    socket.uncork()
  }

  // Asked for in a microtask, the next tick comes once all of those have run.
  function releaseSoon(): void {
    process.nextTick(release)
  }

  connection.sendData = (data) => {
    if (!isHeldBack) {
      isHeldBack = true
      socket.cork()
      queueMicrotask(releaseSoon)
    }

    return sendData.call(connection, data)
  }
}
