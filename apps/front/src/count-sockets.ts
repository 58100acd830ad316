import type { Server } from 'node:net'
import { promisify } from 'node:util'
import type { Listener } from '@libp2p/interface'

/** Connections of the system that came in at libp2p's listeners and have not ended. */
export async function countSockets(listeners: readonly Listener[]): Promise<number> {
  const counts = await Promise.all(
    listeners.map((listener) => {
      const { server } = listener as Listener & { server: Server }

      return promisify<number>((onCount) => server.getConnections(onCount))()
    })
  )

  return counts.reduce((sum, count) => sum + count, 0)
}
