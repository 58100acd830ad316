import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Attack } from './attacks.ts'
import { ended, HELLO, hostileSocket } from './hostile-socket.ts'
import { repeat } from './repeat.ts'
import { sourceAddress } from './source-addresses.ts'

const SOURCES = 50
const AT_A_TIME = 100

/** Noise's first message: the key of this side alone, with its length ahead. */
const FIRST_MESSAGE_BYTES = 32

/** The node has to answer with its own key, signed, before it can know that nobody waits for it. */
export const abandonHandshakes: Attack['run'] = async (point, tally, onReady) => {
  onReady()
  await repeat(AT_A_TIME, async (index) => {
    const socket = await hostileSocket(point, sourceAddress(index % SOURCES))

    socket.write(Buffer.concat([HELLO, firstMessage()]))
    // Its end of the negotiation, then of noise.
    await Promise.race([once(socket, 'data'), ended(socket)])
    await Promise.race([once(socket, 'data'), ended(socket)])
    tally.add('handshakes')
    socket.destroy()
  })
}

export function firstMessage(): Buffer {
  return Buffer.concat([Buffer.from([0, FIRST_MESSAGE_BYTES]), randomBytes(FIRST_MESSAGE_BYTES)])
}
