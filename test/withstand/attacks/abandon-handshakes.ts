import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Attack } from './attacks.ts'
import { ended, HELLO, hostileSocket } from './hostile-socket.ts'
import { repeat } from './repeat.ts'
import { sourceAddress } from './source-addresses.ts'

const SOURCES = 50
const AT_A_TIME = 100

/** Noise's first message: the key of this side alone, with its length ahead. */
const FIRST_MESSAGE_BYTES = 32

/** What the node sends ahead of its part of noise: the protocols, as they were asked for. */
const NEGOTIATED_BYTES = HELLO.byteLength

/** The node has to answer with its own key, signed, before it can know that nobody waits for it. */
export const abandonHandshakes: Attack['run'] = async ({ point, tally, pace, onReady }) => {
  onReady()
  await repeat({ atATime: AT_A_TIME, pace }, async (index) => {
    const socket = await hostileSocket(point, sourceAddress(index % SOURCES))

    socket.write(Buffer.concat([HELLO, firstMessage()]))
    await Promise.race([answered(socket), ended(socket)])
    tally.add('handshakes')
    socket.destroy()
  })
}

/** Resolves once the node has done its part of noise, the dear one. */
function answered(socket: Socket): Promise<void> {
  let bytes = 0

  return new Promise((resolve) => {
    socket.on('data', (data: Buffer) => {
      bytes += data.byteLength

      if (bytes > NEGOTIATED_BYTES) {
        resolve()
      }
    })
  })
}

export function firstMessage(): Buffer {
  return Buffer.concat([Buffer.from([0, FIRST_MESSAGE_BYTES]), randomBytes(FIRST_MESSAGE_BYTES)])
}
