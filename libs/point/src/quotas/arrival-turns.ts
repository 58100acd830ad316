import { TurnQueue } from './turn-queue.ts'

/**
 * How long what has come is handled in one turn of the event loop, in milliseconds, once as it comes and
 * once of what waits; the last piece comes on top. A request waits for some three turns until its answer.
 */
const TURN_MS = 2

export interface ArrivalTurnsInit {
  /** How long in one turn, in milliseconds; with 0 one piece. Default 2. */
  turnMs?: number
  /** A steady clock in milliseconds. Default: `performance.now`. */
  now?: () => number
}

/**
 * Bounds what is handled in one turn of the event loop of all that has come: many peers may send at the
 * same moment what takes a millisecond each. The rest waits, and those who sent it take turns.
 */
export class ArrivalTurns {
  readonly #turnMs: number
  readonly #now: () => number
  readonly #queue = new TurnQueue()
  /** When the first piece of this turn was begun, if one was. */
  #sinceMs?: number
  #isScheduled = false

  constructor({ turnMs = TURN_MS, now = () => performance.now() }: ArrivalTurnsInit = {}) {
    this.#turnMs = turnMs
    this.#now = now
  }

  /** Whether there is time for what has just come. Where there is not, `next` tells when there is. */
  get hasTime(): boolean {
    const nowMs = this.#now()

    if (this.#sinceMs == null) {
      this.#sinceMs = nowMs
      this.#schedule()

      return true
    }

    return nowMs - this.#sinceMs < this.#turnMs
  }

  /**
   * Resolves when there is time for what waits.
   *
   * @param forWhom - those with the same are served in their order
   * @param isOver - whether nobody wants it any more: then it takes no time from others
   */
  async next(forWhom: string, isOver: () => boolean = () => false): Promise<void> {
    this.#schedule()
    await this.#queue.wait(forWhom, isOver)
  }

  #schedule(): void {
    if (this.#isScheduled) {
      return
    }

    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#sinceMs = this.#now()
      this.#goOn()
    })
  }

  #goOn(): void {
    if (this.#queue.begin()) {
      // Behind all that this piece does before it waits for something.
      queueMicrotask(() => process.nextTick(() => this.#goOnOrRest()))
    } else {
      this.#sinceMs = undefined
    }
  }

  #goOnOrRest(): void {
    if (this.#now() - (this.#sinceMs ?? 0) < this.#turnMs) {
      this.#goOn()

      return
    }

    this.#sinceMs = undefined

    if (!this.#queue.isEmpty) {
      this.#schedule()
    }
  }
}
