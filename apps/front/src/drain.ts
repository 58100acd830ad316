import { setTimeout as delay } from 'node:timers/promises'
import type { Connection } from '@libp2p/interface'
import { closeConnection } from './connections/close-connection.ts'
import type { PointNode } from './point-node.ts'

/** How often a connection is looked at that still waits for an answer, in milliseconds. */
const ANSWER_POLL_MS = 10

/** How often it is looked whether any peer is left, or has come, in milliseconds. */
const PEERS_POLL_MS = 100

/** Longest time for one connection's last answers and its end, in milliseconds. */
const CLOSE_MS_MAX = 5000

/**
 * Closes all connections in random order, at an even rate over `overMs`. Until its turn each one
 * is served as ever; then the answers on their way are finished. After the others come those that have
 * ended their handshake meanwhile. Ends as soon as there is neither a peer nor a handshake, which has a
 * deadline of its own.
 */
export async function drain(
  node: PointNode,
  overMs: number,
  random: () => number = Math.random
): Promise<void> {
  const { connections, listeners } = node.services
  const endsAtMs = performance.now() + overMs
  const closing = new Map<Connection, Promise<void>>()

  for (;;) {
    const open = node.getConnections().filter((connection) => !closing.has(connection))
    const startedAtMs = performance.now()
    const everyMs = Math.max(0, endsAtMs - startedAtMs) / open.length

    for (const [index, connection] of shuffled(open, random).entries()) {
      await waitUntil(startedAtMs + everyMs * (index + 1), () => connections.size === 0)
      closing.set(connection, closeGently(node, connection))
    }

    if (open.length === 0) {
      if (performance.now() >= endsAtMs || (await listeners.countSockets()) === 0) {
        break
      }

      await delay(PEERS_POLL_MS)
    }
  }

  await Promise.all(closing.values())
}

/** Waits for a time, or for an earlier end of the reason to wait. */
async function waitUntil(atMs: number, isPointless: () => boolean): Promise<void> {
  for (;;) {
    const leftMs = atMs - performance.now()

    if (leftMs <= 0 || isPointless()) {
      return
    }

    await delay(Math.min(leftMs, PEERS_POLL_MS))
  }
}

async function closeGently(node: PointNode, connection: Connection): Promise<void> {
  const signal = AbortSignal.timeout(CLOSE_MS_MAX)

  node.services.rendezvous.refuseStreams(connection)

  while (node.services.rendezvous.isAnswering(connection) && !signal.aborted) {
    await delay(ANSWER_POLL_MS)
  }

  await closeConnection(connection, signal)
}

function shuffled<T>(values: T[], random: () => number): T[] {
  const keyed = values.map((value) => ({ value, key: random() }))

  return keyed.sort((a, b) => a.key - b.key).map(({ value }) => value)
}
