import type { MultiaddrConnection } from '@libp2p/interface'
import { NegotiationLines, type ReceivedBytes } from './negotiation-lines.ts'

/** What libp2p's connections have beyond their interface: where a transport puts what it received. */
export type ReceivingConnection = MultiaddrConnection & {
  onData?(data: ReceivedBytes): void
  /** What came before anybody listened. */
  readBuffer: { byteLength: number; subarray(): Uint8Array }
  readStatus: string
}

/**
 * Looks at all that a peer sends until it has named the protocol, and ends the connection where that
 * is no negotiation, or none that ends. libp2p reads a length byte by byte until it is whole, however
 * late, and answers any number of protocols: 64 KiB of it would take the event loop for a second.
 *
 * @param protocol - the only one that is served
 * @param onMalformed - told when the connection is ended
 */
export function boundNegotiation(
  connection: ReceivingConnection,
  protocol: string,
  onMalformed: () => void
): void {
  const { onData } = connection
  const lines = new NegotiationLines()
  let isAgreed = false

  function look(data: ReceivedBytes): void {
    lines.append(data)

    while (!isAgreed) {
      const line = lines.next()

      if (line == null) {
        return
      }

      isAgreed = line === protocol
    }
  }

  /** Whether it may be handed on. */
  function isInOrder(data: ReceivedBytes): boolean {
    try {
      look(data)

      return true
    } catch (error) {
      onMalformed()
      connection.abort(error as Error)

      return false
    }
  }

  connection.onData = (data) => {
    if (isAgreed || isInOrder(data)) {
      onData?.call(connection, data)
    }
  }

  if (connection.readBuffer.byteLength > 0) {
    isInOrder(connection.readBuffer.subarray())
  }
}
