import type { ConnectionGater, MultiaddrConnection } from '@libp2p/interface'
import type { ArrivalTurns, RejectReason } from '@rendezvous-cluster/point'
import { boundNegotiation, type ReceivingConnection } from './bound-negotiation.ts'
import type { ReceivedBytes } from './negotiation-lines.ts'
import { Pending } from './pending.ts'

/** Bytes that are read ahead of a handshake's end; a handshake itself takes some hundred. */
export const HANDSHAKE_BYTES_MAX = 32 * 1024

/** @see https://github.com/libp2p/specs/blob/master/noise/README.md */
export const ENCRYPTION = '/noise'

/** What libp2p's connections have beyond their interface: how a transport reads no more, and reads on. */
type HeldConnection = ReceivingConnection & { sendPause(): void; sendResume(): void }

export interface HandshakeLimitInit {
  /** Connections that may be in their handshake at once; for the next, another has to go. */
  pendingMax: number
  /** The network that a connection comes from. */
  networkOf: (connection: MultiaddrConnection) => string | undefined
  /** In which handshakes go on. */
  turns: ArrivalTurns
  /** Told of each connection that is held up or ended. */
  onRejected: (reason: RejectReason) => void
}

/**
 * Has handshakes go on in turns: half a millisecond each time, whenever their peers want. Stops reading
 * from connections that send much before they have shaken hands, until they have, and ends those that do
 * not begin in order: without a key anybody can send that. An honest peer that is
 * ready before us, and sends on, loses nothing. Of too many handshakes at once the oldest of the
 * network with most goes; libp2p would refuse the newest.
 */
export function handshakeLimit({
  pendingMax,
  networkOf,
  turns,
  onRejected
}: HandshakeLimitInit): Pick<
  ConnectionGater,
  'denyInboundConnection' | 'denyInboundUpgradedConnection'
> {
  const pending = new Pending<MultiaddrConnection>(pendingMax)
  /** What has come and waits for its turn. */
  const waiting = new WeakMap<MultiaddrConnection, ReceivedBytes[]>()
  /** Of which no more is read until they have shaken hands. */
  const heldUp = new WeakSet<MultiaddrConnection>()

  function makeRoom(): void {
    const { oneTooMany } = pending

    if (oneTooMany != null) {
      onRejected('pending-handshakes')
      oneTooMany.abort(new Error('rejected: pending-handshakes'))
    }
  }

  function takeWaiting(connection: MultiaddrConnection): ReceivedBytes[] {
    const waited = waiting.get(connection) ?? []

    waiting.delete(connection)

    return connection.status === 'open' ? waited : []
  }

  /** Unlike `pause` it keeps back nothing that was read: the rest of the handshake may be in it. */
  function holdUp(connection: HeldConnection): void {
    if (!heldUp.has(connection) && connection.readStatus === 'readable') {
      heldUp.add(connection)
      connection.sendPause()
      onRejected('handshake-bytes')
    }
  }

  return {
    denyInboundConnection(inbound) {
      const connection = inbound as HeldConnection
      const network = networkOf(inbound)

      pending.add(inbound, network)
      inbound.addEventListener('close', () => pending.delete(inbound))
      makeRoom()
      boundNegotiation(connection, ENCRYPTION, () => onRejected('negotiation'))

      const { onData } = connection
      let bytes = 0

      async function handOnInTurn(data: ReceivedBytes): Promise<void> {
        waiting.set(inbound, [data])
        await turns.next(network ?? '', () => !waiting.has(inbound) || inbound.status !== 'open')

        for (const waited of takeWaiting(inbound)) {
          onData?.call(connection, waited)
        }
      }

      connection.onData = (data) => {
        const waits = waiting.get(inbound)

        bytes += data.byteLength

        if (waits != null) {
          waits.push(data)
        } else if (turns.hasTime) {
          onData?.call(connection, data)
        } else {
          void handOnInTurn(data)
        }

        if (bytes > HANDSHAKE_BYTES_MAX) {
          holdUp(connection)
        }
      }

      return false
    },

    denyInboundUpgradedConnection(_peerId, inbound) {
      const connection = inbound as HeldConnection

      pending.delete(inbound)
      // Uncovers the method of its class again.
      delete connection.onData

      // It would otherwise be overtaken by what comes next.
      for (const waited of takeWaiting(inbound)) {
        const { onData } = connection as ReceivingConnection

        onData?.call(connection, waited)
      }

      // Paused by its muxer meanwhile, it is read on by that.
      if (heldUp.has(inbound) && connection.readStatus === 'readable') {
        connection.sendResume()
      }

      return false
    }
  }
}
