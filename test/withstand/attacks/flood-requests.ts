import { setTimeout as delay } from 'node:timers/promises'
import { DIALECTS } from '@rendezvous-cluster/wire'
import type { Attack } from './attacks.ts'
import { createRawHost } from './hostile-host.ts'
import { line } from './hostile-socket.ts'
import { discoverOf, FULL_NAMESPACE } from './requests.ts'
import { sourceAddress } from './source-addresses.ts'

const REQUESTS_PER_SECOND = 5000

/** Of each stream: it is reset once it has been refused often. */
const REQUESTS_PER_STREAM = 25

/** One peer, on a stream after the other; it connects again when it is cut off. */
export const floodRequests: Attack['run'] = async ({ point, tally, pace, onReady }) => {
  const host = await createRawHost(point, sourceAddress(0))
  const requests = Buffer.concat(
    Array.from({ length: REQUESTS_PER_STREAM }, () => discoverOf(FULL_NAMESPACE, 1))
  )

  onReady()

  for (;;) {
    await pace()

    try {
      const { muxer, ended } = await host.connect()
      let isOpen = true

      tally.add('connections')
      void ended.then(() => {
        isOpen = false
      })

      for (let sent = 0, startedAtMs = performance.now(); isOpen; ) {
        const due = ((performance.now() - startedAtMs) / 1000) * REQUESTS_PER_SECOND

        for (; sent < due; sent += REQUESTS_PER_STREAM) {
          await pace()
          muxer.end(muxer.open(line('/multistream/1.0.0'), line(DIALECTS.waku.protocol), requests))
          tally.add('requests', REQUESTS_PER_STREAM)
        }

        await delay(5)
      }
    } catch {
      await delay(20)
    }
  }
}
