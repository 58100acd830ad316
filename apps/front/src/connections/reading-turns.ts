import { type EventLoopTurns, fullBucket, type Rate } from '@rendezvous-cluster/point'
import type { ReceivingConnection } from './bound-negotiation.ts'
import type { ReceivedBytes } from './negotiation-lines.ts'

/**
 * Arrivals on one connection that are handled at once, in a row and per second. A request on a stream of
 * its own takes two to four; to open that stream takes most of a millisecond.
 */
const ARRIVALS: Rate = { perSecond: 16, burst: 64 }

/**
 * Handles what comes on a connection that sends much only in its turns, so that requests of those who
 * send little come in between. While it waits no more is read of it, beyond what has been.
 *
 * @param connection - without encryption: that of a transport
 * @param forWhom - those with the same are served in their order
 */
export function readInTurns(
  connection: ReceivingConnection,
  turns: EventLoopTurns,
  forWhom: string
): void {
  const { onData } = connection
  const handledAtOnce = fullBucket(ARRIVALS)
  let isWaiting = false

  async function wait(): Promise<void> {
    isWaiting = true
    connection.pause()
    await turns.next(forWhom, () => connection.status !== 'open')
    isWaiting = false

    if (connection.readStatus === 'paused') {
      connection.resume()
    }
  }

  connection.onData = (data: ReceivedBytes) => {
    if (!isWaiting && !handledAtOnce.tryRemoveTokens(1) && connection.readStatus === 'readable') {
      void wait()
    }

    onData?.call(connection, data)
  }
}
