import { setTimeout as delay } from 'node:timers/promises'
import { DIALECTS } from '@rendezvous-cluster/wire'
import type { Attack, AttackContext } from './attacks.ts'
import { createRawHost, type RawHost } from './hostile-host.ts'
import { line } from './hostile-socket.ts'
import type { RawMuxer } from './raw-muxer.ts'
import { repeat } from './repeat.ts'
import { discoverOf, FULL_NAMESPACE } from './requests.ts'
import { sourceAddress } from './source-addresses.ts'

const PEERS = 50
const STREAMS_PER_PEER = 16

/** Asks for as much as there is and reads none of it, not even from the network. */
export const leaveUnread: Attack['run'] = async (context) =>
  ask(context, (muxer) => muxer.stopReading())

/** Asks for as much as there is, and then for a byte of it each second. */
export const readSlowly: Attack['run'] = async (context) =>
  ask(context, async (muxer, streams, signal) => {
    while (!signal.aborted) {
      await delay(1000)

      for (const id of streams) {
        muxer.grant(id, 1)
      }
    }
  })

async function ask(
  { point, tally, pace, onReady }: AttackContext,
  then: (muxer: RawMuxer, streams: readonly number[], ended: AbortSignal) => Promise<void> | void
): Promise<void> {
  const hosts = await Promise.all(
    Array.from({ length: PEERS }, (_, index) => createRawHost(point, sourceAddress(index)))
  )
  const request = discoverOf(FULL_NAMESPACE, 1000)

  onReady()
  await repeat({ atATime: PEERS, pace }, async (index) => {
    const { muxer, ended } = await (hosts[index] as RawHost).connect()
    const end = new AbortController()
    const streams = Array.from({ length: STREAMS_PER_PEER }, () =>
      muxer.open(line('/multistream/1.0.0'), line(DIALECTS.waku.protocol), request)
    )

    tally.add('requests', STREAMS_PER_PEER)
    void ended.then(() => end.abort())
    void then(muxer, streams, end.signal)
    await ended
    tally.add('connections cut off')
  })
}
