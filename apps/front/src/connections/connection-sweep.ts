import type { Connection } from '@libp2p/interface'
import { type RendezvousPoint, Rounds } from '@rendezvous-cluster/point'
import { chooseConnections, type Dispensable } from './choose-connections.ts'
import { closeConnection } from './close-connection.ts'
import type { OpenConnections } from './open-connections.ts'

/** How often some connections are looked at, or all where there are nearly as many as there may be, in milliseconds. */
const SWEEP_MS = 1000

/** How often each is looked at until it is idle for too long, or about that much later. */
const LOOKS_UNTIL_IDLE = 10

/** Share of the connections that there may be, above which those that can be spared have to go. */
export const CROWDED_SHARE = 0.9

/**
 * A connection that is not used for so long is idle where room is needed, in milliseconds: a peer
 * that has just come needs some time for its first request.
 */
const SPARE_AFTER_MS = 10_000

/** Longest time for the end of one connection, in milliseconds. */
const CLOSE_MS_MAX = 1000

export interface ConnectionSweepInit {
  connections: OpenConnections
  point: RendezvousPoint
  connectionsMax: number
  /** A connection without a live registration that is not used for so long is ended, in milliseconds. */
  idleMs: number
  /** The network that a connection's address belongs to, where that is held to a limit. */
  networkOf: (connection: Connection) => string | undefined
  /** A steady clock in milliseconds, the point's. */
  now: () => number
  /** Told of each connection that is ended. */
  onEnded: (reason: 'idle-connection' | 'crowded-connection') => void
}

interface OpenConnection extends Dispensable {
  connection: Connection
}

/**
 * Ends connections that are not needed: the idle ones in time, and where there are nearly as many
 * as there may be, those that can best be spared. It looks at them now and then, so that a
 * connection costs no timer and a message nothing.
 */
export class ConnectionSweep {
  readonly #init: ConnectionSweepInit
  readonly #rounds: Rounds<[Connection, number]>
  readonly #networks = new WeakMap<Connection, string | undefined>()
  readonly #ending = new Set<Connection>()
  #timer?: ReturnType<typeof setInterval>

  constructor(init: ConnectionSweepInit) {
    const sweepsPerRound = Math.floor(init.idleMs / LOOKS_UNTIL_IDLE / SWEEP_MS)

    this.#init = init
    this.#rounds = new Rounds(init.connections, Math.max(1, sweepsPerRound))
  }

  start(): void {
    this.#timer = setInterval(() => this.#sweep(), SWEEP_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #sweep(): void {
    const nowMs = this.#init.now()

    if (this.#excess <= 0) {
      this.#endIdle(this.#toSpare(this.#rounds.nextPart(), nowMs), nowMs)

      return
    }

    const spared = this.#toSpare(this.#init.connections, nowMs)

    this.#endIdle(spared, nowMs)

    const left = spared.filter(({ connection }) => !this.#ending.has(connection))

    for (const { connection } of chooseConnections(left, this.#excess, nowMs - SPARE_AFTER_MS)) {
      this.#end(connection, 'crowded-connection')
    }
  }

  #endIdle(spared: readonly OpenConnection[], nowMs: number): void {
    for (const { connection, isLive, usedAtMs } of spared) {
      if (!isLive && nowMs - usedAtMs > this.#init.idleMs) {
        this.#end(connection, 'idle-connection')
      }
    }
  }

  /** How many there are too many, 0 or less where there are not. */
  get #excess(): number {
    const { connections, connectionsMax } = this.#init

    return connections.size - this.#ending.size - Math.ceil(CROWDED_SHARE * connectionsMax)
  }

  /** All of them but those with a request in flight. */
  #toSpare(connections: Iterable<[Connection, number]>, nowMs: number): OpenConnection[] {
    const { point } = this.#init
    const toSpare: OpenConnection[] = []

    for (const [connection, openedAtMs] of connections) {
      if (this.#ending.has(connection) || point.isAnswering(connection)) {
        continue
      }

      const { usedAtMs = openedAtMs, liveUntilMs = 0 } = point.activityOf(connection) ?? {}

      toSpare.push({
        connection,
        usedAtMs,
        isLive: liveUntilMs > nowMs,
        network: this.#networkOf(connection)
      })
    }

    return toSpare
  }

  #networkOf(connection: Connection): string | undefined {
    if (!this.#networks.has(connection)) {
      this.#networks.set(connection, this.#init.networkOf(connection))
    }

    return this.#networks.get(connection)
  }

  #end(connection: Connection, reason: 'idle-connection' | 'crowded-connection'): void {
    this.#ending.add(connection)
    this.#init.onEnded(reason)
    void closeConnection(connection, AbortSignal.timeout(CLOSE_MS_MAX)).then(() =>
      this.#ending.delete(connection)
    )
  }
}
