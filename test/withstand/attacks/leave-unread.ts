import { randomInt } from 'node:crypto'
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
const UNREAD_MS = { min: 5500, max: 8500 }

/** Of each stream, where it is to count as progress: the muxer of a node sends no less than 13. */
const TRICKLE_BYTES = 16

/** Asks for as much as there is and reads none of it, not even from the network, and comes again. */
export const leaveUnread: Attack['run'] = async (context) =>
  ask(context, async (connection) => {
    connection.muxer.stopReading()
    await delay(randomInt(UNREAD_MS.min, UNREAD_MS.max))
    giveUp(context, connection)
  })

/** Asks for as much as there is, and then for a byte of it each second; and comes again. */
export const readSlowly: Attack['run'] = async (context) =>
  ask(context, async (connection, streams) => {
    const endMs = Date.now() + randomInt(UNREAD_MS.min, UNREAD_MS.max)

    while (Date.now() < endMs) {
      await takeOfEach(context, connection, streams, 1)
    }

    giveUp(context, connection)
  })

/** Asks for as much as there is, and then for so little each second that it never ends. */
export const trickle: Attack['run'] = async (context) =>
  ask(context, async (connection, streams, isOpen) => {
    while (isOpen()) {
      await takeOfEach(context, connection, streams, TRICKLE_BYTES)
    }
  })

async function takeOfEach(
  { tally }: AttackContext,
  { muxer }: RawConnection,
  streams: readonly number[],
  bytes: number
): Promise<void> {
  await delay(1000)

  for (const id of streams) {
    muxer.grant(id, bytes)
  }

  tally.add('bytes', bytes * streams.length)
}

function giveUp({ tally }: AttackContext, connection: RawConnection): void {
  connection.giveUp()
  tally.add('connections given up')
}

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
