import type { AbortOptions, Connection } from '@libp2p/interface'
import { raceSignal } from 'race-signal'
import { isOwnFault, NoPointError, toError } from '../errors.ts'
import type { PointClient } from '../point-client.ts'
import { wait } from '../wait.ts'
import { type ConnectedPoint, connectToPoint, type PointConnector } from './connect-to-point.ts'
import type { Point } from './point.ts'
import type { PointList } from './point-list.ts'
import { Turns } from './turns.ts'

/** Requests under way at a time: points bound the streams of a connection, ours to 16. */
const REQUESTS_AT_ONCE_MAX = 8

/** How long after its streams a connection ends that was closed, in milliseconds. */
const CLOSING_MS = 100

export interface StickyPointInit {
  list: PointList
  connector: PointConnector
  /** Points of the other slots: independent ones are to be different ones. */
  taken: () => readonly Point[]
  /** For connecting, and again for each request, in milliseconds. */
  timeoutMs: number
  /** Told of each new connection to a point. */
  onConnected: (connected: ConnectedPoint) => void
}

/** Asks one point until it fails, then another. */
export class StickyPoint {
  readonly #init: StickyPointInit
  readonly #turns = new Turns(REQUESTS_AT_ONCE_MAX)
  /** Requests that fail together on one connection are one failure of its point. */
  readonly #failedOn = new WeakSet<ConnectedPoint>()
  #connected?: ConnectedPoint
  #connecting?: Promise<ConnectedPoint>
  /** Whom it is connecting to. */
  #candidate?: Point

  constructor(init: StickyPointInit) {
    this.#init = init
  }

  /** Whom requests go to; `undefined` before the first, and after a failure. */
  get current(): Point | undefined {
    return this.#connected?.point
  }

  /** Whom no other slot is to take. */
  get claimed(): Point | undefined {
    return this.#candidate ?? this.current
  }

  /** The current one with its connection. */
  get connected(): ConnectedPoint | undefined {
    return this.#connected
  }

  /**
   * Has a point asked, and the next ones where that gives no answer.
   *
   * @throws RefusedError where the request itself was refused
   * @throws NoPointError
   * @throws the signal's reason once it is aborted
   */
  async ask<T>(
    request: (client: PointClient, point: Point, options: { signal: AbortSignal }) => Promise<T>,
    { signal }: AbortOptions = {}
  ): Promise<T> {
    const endTurn = await this.#turns.next(signal)

    try {
      return await this.#ask(request, signal)
    } finally {
      endTurn()
    }
  }

  async #ask<T>(
    request: (client: PointClient, point: Point, options: { signal: AbortSignal }) => Promise<T>,
    signal: AbortSignal | undefined
  ): Promise<T> {
    const { list, timeoutMs } = this.#init
    const errors: Error[] = []
    let isRetry = false

    do {
      signal?.throwIfAborted()

      const before = this.#connected
      const connected = await raceSignal(this.#connect(errors), signal)
      const { point, client } = connected
      const timeout = AbortSignal.timeout(timeoutMs)

      try {
        const answer = await request(client, point, {
          signal: signal == null ? timeout : AbortSignal.any([signal, timeout])
        })

        list.succeeded(point)

        return answer
      } catch (error) {
        signal?.throwIfAborted()

        if (isOwnFault(error)) {
          list.succeeded(point)

          throw error
        }

        this.#forget(connected)

        // Closed since the request before: that says nothing about the point.
        if (!isRetry && connected === before && (await isClosing(connected.connection, signal))) {
          isRetry = true
          continue
        }

        signal?.throwIfAborted()

        const reason = timeout.aborted ? noAnswerIn(timeoutMs) : error

        errors.push(this.#failed(point, reason, connected))
      }
    } while (errors.length < list.all.length)

    throw new NoPointError(errors)
  }

  /** @returns whether requests went over this connection, which is closed now */
  lost({ id }: Connection): boolean {
    const isCurrent = this.#connected?.connection.id === id

    if (isCurrent) {
      this.#connected = undefined
    }

    return isCurrent
  }

  #forget(connected: ConnectedPoint): void {
    if (this.#connected === connected) {
      this.#connected = undefined
    }
  }

  /** All requests that come at the same time wait for one connection. */
  #connect(errors: readonly Error[]): Promise<ConnectedPoint> {
    if (this.#connected?.connection.status === 'open') {
      return Promise.resolve(this.#connected)
    }

    this.#connected = undefined
    this.#connecting ??= this.#connectToAny(errors).finally(() => {
      this.#connecting = undefined
    })

    return this.#connecting
  }

  async #connectToAny(before: readonly Error[]): Promise<ConnectedPoint> {
    const { list, connector, taken, timeoutMs, onConnected } = this.#init
    const errors = [...before]

    for (const point of list.inOrder(taken())) {
      // While others failed, another slot may have come to this one.
      if (taken().some(({ key }) => key === point.key)) {
        continue
      }

      const timeout = AbortSignal.timeout(timeoutMs)

      this.#candidate = point

      try {
        const connected = await connectToPoint(point, connector, { signal: timeout })

        this.#connected = connected
        onConnected(connected)

        return connected
      } catch (error) {
        errors.push(this.#failed(point, timeout.aborted ? noAnswerIn(timeoutMs) : error))
      } finally {
        this.#candidate = undefined
      }
    }

    throw new NoPointError(errors.length > 0 ? errors : [new Error('all points are in use')])
  }

  #failed(point: Point, reason: unknown, connected?: ConnectedPoint): Error {
    const cause = toError(reason)
    const error = new Error(`${point.multiaddrs[0]?.toString()}: ${describe(cause)}`, { cause })

    if (connected == null || !this.#failedOn.has(connected)) {
      this.#init.list.failed(point, error)
    }

    if (connected != null) {
      this.#failedOn.add(connected)
    }

    return error
  }
}

/** Whether a connection is closed, now or at once: its streams tell of it before. */
async function isClosing(
  connection: Connection,
  signal = new AbortController().signal
): Promise<boolean> {
  const closed = new AbortController()

  connection.addEventListener('close', () => closed.abort(), { once: true })

  if (connection.status === 'open') {
    await wait(CLOSING_MS, AbortSignal.any([closed.signal, signal]))
  }

  return connection.status !== 'open'
}

function noAnswerIn(ms: number): Error {
  return new Error(`no answer in ${ms / 1000} s`)
}

/** Dialling several addresses fails with an error for each. */
function describe(error: Error): string {
  return error instanceof AggregateError
    ? error.errors.map((each) => describe(toError(each))).join(', ')
    : error.message
}
