import { setTimeout as delay } from 'node:timers/promises'
import { DIALECTS } from '@rendezvous-cluster/wire'
import type { Attack } from './attacks.ts'
import { createRawHost, type RawHost } from './hostile-host.ts'
import { line } from './hostile-socket.ts'
import { repeat } from './repeat.ts'
import { sourceAddress } from './source-addresses.ts'

const PEERS = 20

/** Of each peer; half of them agree on a protocol, the others not even that. */
const STREAMS_PER_SECOND = 250
const PACE_MS = 20

export const leaveStreamsUnused: Attack['run'] = async ({ point, tally, pace, onReady }) => {
  const hosts = await Promise.all(
    Array.from({ length: PEERS }, (_, index) => createRawHost(point, sourceAddress(index)))
  )
  const negotiation = [line('/multistream/1.0.0'), line(DIALECTS.waku.protocol)]

  onReady()
  await repeat({ atATime: PEERS, pace }, async (index) => {
    const { muxer, ended } = await (hosts[index] as RawHost).connect()
    let isOpen = true

    tally.add('connections')
    void ended.then(() => {
      isOpen = false
    })

    for (let opened = 0; isOpen; opened++) {
      await pace()
      muxer.open(...(opened % 2 === 0 ? negotiation : []))
      tally.add('streams')

      if (opened % (STREAMS_PER_SECOND / (1000 / PACE_MS)) === 0) {
        await delay(PACE_MS)
      }
    }
  })
}
