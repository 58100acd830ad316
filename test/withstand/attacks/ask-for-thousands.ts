import type { Attack } from './attacks.ts'
import { createHostileHost } from './hostile-host.ts'
import { openStream } from './open-stream.ts'
import { repeat } from './repeat.ts'
import { discoverOf, FULL_NAMESPACE } from './requests.ts'
import { sourceAddress } from './source-addresses.ts'

const PEERS = 50

/** Each asks again as soon as it has its answer, which it reads whole. */
export const askForThousands: Attack['run'] = async ({ point, tally, pace, onReady }) => {
  const hosts = await Promise.all(
    Array.from({ length: PEERS }, (_, index) => createHostileHost(point, sourceAddress(index)))
  )
  const request = discoverOf(FULL_NAMESPACE, 1000)

  onReady()
  await repeat({ atATime: PEERS, pace }, async (index) => {
    const connection = await hosts[index]?.connect()

    while (connection?.status === 'open') {
      const stream = await openStream(connection)

      while (stream.stream.status === 'open') {
        await pace()
        await stream.ask(request)
        tally.add('answers')
      }
    }
  })
}
