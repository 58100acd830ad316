import { StreamMessageEvent } from '@libp2p/interface'
import { type EventLoopTurns, fullBucket, type Rate } from '@rendezvous-cluster/point'
import type { ReceivingConnection } from './bound-negotiation.ts'
import type { ReceivedBytes } from './negotiation-lines.ts'

/**
 * Arrivals on one connection that are handled at once, in a row and per second. A request on a stream of
 * its own takes two to four; to open that stream takes most of a millisecond.
 */
const ARRIVALS: Rate = { perSecond: 16, burst: 64 }

/** Handled in one turn, and of one arrival at once: a few streams that are opened, and asked on. */
const BYTES_PER_TURN = 512

/** What libp2p's connections have beyond their interface. */
export type PausingConnection = ReceivingConnection & {
  readBuffer: {
    byteLength: number
    sublist(begin: number, end: number): StreamMessageEvent['data']
    consume(bytes: number): void
  }
}

/**
 * Handles what comes on a connection that sends much, or often, only in its turns, and little in each, so that
 * requests of those who send little come in between. While it waits no more is read of it.
 *
 * @param connection - with its encryption: a message of that may hold 64 KiB of frames
 * @param forWhom - those with the same are served in their order
 */
export function readInTurns(
  connection: PausingConnection,
  turns: EventLoopTurns,
  forWhom: string
): void {
  const { onData, readBuffer } = connection
  const handledAtOnce = fullBucket(ARRIVALS)
  const isWaiting = () => connection.status === 'open' && connection.readStatus === 'paused'

  async function handleInTurns(): Promise<void> {
    connection.pause()

    do {
      await turns.next(forWhom, () => !isWaiting())

      if (isWaiting()) {
        handlePiece()
      }
    } while (isWaiting() && readBuffer.byteLength > 0)

    if (isWaiting()) {
      connection.resume()
    }
  }

  function handlePiece(): void {
    const piece = readBuffer.sublist(0, Math.min(BYTES_PER_TURN, readBuffer.byteLength))

    readBuffer.consume(piece.byteLength)
    connection.dispatchEvent(new StreamMessageEvent(piece))
  }

  function isMuch({ byteLength }: ReceivedBytes): boolean {
    return byteLength > BYTES_PER_TURN || !handledAtOnce.tryRemoveTokens(1)
  }

  connection.onData = (data: ReceivedBytes) => {
    if (connection.readStatus === 'readable' && isMuch(data)) {
      void handleInTurns()
    }

    onData?.call(connection, data)
  }
}
