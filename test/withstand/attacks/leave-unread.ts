import { setTimeout as delay } from 'node:timers/promises'
import { DIALECTS } from '@rendezvous-cluster/wire'
import type { Attack, AttackContext } from './attacks.ts'
import { createRawHost, type RawConnection, type RawHost } from './hostile-host.ts'
import { line } from './hostile-socket.ts'
import { repeat } from './repeat.ts'
import { discoverOf, FULL_NAMESPACE } from './requests.ts'
import { sourceAddress } from './source-addresses.ts'

const PEERS = 50
const STREAMS_PER_PEER = 16

/** The first answer fits into the window that a stream begins with; the second is held up. */
const REQUESTS_PER_STREAM = 3

/** A node gives up what does not move at all after five seconds; then it is time to come again. */
const UNREAD_MS = 6000

/** Asks for as much as there is and reads none of it, not even from the network, and comes again. */
export const leaveUnread: Attack['run'] = async (context) =>
  ask(context, async ({ muxer, giveUp }, _streams, isOpen) => {
    muxer.stopReading()
    await delay(UNREAD_MS)

    if (isOpen()) {
      giveUp()
      context.tally.add('connections given up')
    }
  })

/** Asks for as much as there is, and then for a byte of it each second. */
export const readSlowly: Attack['run'] = async (context) =>
  ask(context, async ({ muxer }, streams, isOpen) => {
    for (;;) {
      await delay(1000)

      if (!isOpen()) {
        return
      }

      for (const id of streams) {
        muxer.grant(id, 1)
      }

      context.tally.add('bytes', streams.length)
    }
  })

async function ask(
  { point, tally, pace, onReady }: AttackContext,
  then: (
    connection: RawConnection,
    streams: readonly number[],
    isOpen: () => boolean
  ) => Promise<void>
): Promise<void> {
  const hosts = await Promise.all(
    Array.from({ length: PEERS }, (_, index) => createRawHost(point, sourceAddress(index)))
  )
  const request = discoverOf(FULL_NAMESPACE, 1000)
  const requests = Array.from({ length: REQUESTS_PER_STREAM }, () => request)

  onReady()
  await repeat({ atATime: PEERS, pace }, async (index) => {
    const connection = await (hosts[index] as RawHost).connect()
    const streams = Array.from({ length: STREAMS_PER_PEER }, () =>
      connection.muxer.open(line('/multistream/1.0.0'), line(DIALECTS.waku.protocol), ...requests)
    )
    let open = true

    tally.add('connections')
    tally.add('requests', STREAMS_PER_PEER * REQUESTS_PER_STREAM)
    void connection.ended.then(() => {
      open = false
    })
    await Promise.all([connection.ended, then(connection, streams, () => open)])
  })
}
