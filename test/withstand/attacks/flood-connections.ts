import type { Attack } from './attacks.ts'
import { ended, hostileSocket } from './hostile-socket.ts'
import { repeat } from './repeat.ts'
import { sourceAddress } from './source-addresses.ts'

const AT_A_TIME = 200

/** Beyond what one address is allowed to keep: those that are let in stay. */
export const floodConnections: Attack['run'] = async ({ point, tally, pace, onReady }) => {
  onReady()
  await repeat({ atATime: AT_A_TIME, pace }, async () => {
    const socket = await hostileSocket(point, sourceAddress(0))

    tally.add('connections')
    await Promise.race([ended(socket), new Promise((resolve) => setTimeout(resolve, 1000))])
    socket.destroy()
  })
}
