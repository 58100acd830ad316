import type { Socket } from 'node:net'

/**
 * Hands all commands of one turn of the event loop to the system in one call, at the end of the turn, so that
 * the server is woken once for those of many peers. No answer could be read before that.
 */
export function writeOnceATurn(socket: Socket): void {
  const { write } = socket
  let isHeldBack = false

  function release(): void {
    isHeldBack = false
    socket.uncork()
  }

  socket.write = (...args: unknown[]) => {
    if (!isHeldBack) {
      isHeldBack = true
      socket.cork()
      setImmediate(release)
    }

    return Reflect.apply(write, socket, args) as boolean
  }
}
