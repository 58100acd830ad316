import { RedisClock } from './redis-clock.ts'
import { errorKind } from './redis-errors.ts'
import { SilenceBreaker } from './silence-breaker.ts'

/** One server that holds a part of the keys, or all: its clock, and whether it answers. */
export class RedisShard {
  readonly clock: RedisClock
  readonly #breaker: SilenceBreaker
  readonly #onChange: (error?: unknown) => void
  #isUp?: boolean

  /**
   * @param now - a steady clock in milliseconds
   * @param onChange - told when it begins or stops to answer
   */
  constructor(now: () => number, onChange: (error?: unknown) => void) {
    this.clock = new RedisClock(now)
    this.#breaker = new SilenceBreaker(now)
    this.#onChange = onChange
  }

  /** Whether it answered last; `undefined` before anything was asked. */
  get isUp(): boolean | undefined {
    return this.#isUp
  }

  /**
   * Runs commands of this server.
   *
   * @throws SilentServerError, or whatever the commands fail with
   */
  async run<T>(commands: () => Promise<T>): Promise<T> {
    this.#breaker.assertMaySend()

    try {
      const result = await commands()

      this.#breaker.answered()
      this.note(true)

      return result
    } catch (error) {
      this.#failed(error)

      throw error
    }
  }

  note(isUp: boolean, error?: unknown): void {
    if (isUp !== this.#isUp) {
      this.#isUp = isUp
      this.#onChange(error)
    }
  }

  #failed(error: unknown): void {
    switch (errorKind(error)) {
      case 'timeout':
        this.#breaker.timedOut()
        this.note(false, error)
        break
      case 'connection':
        this.note(false, error)
        break
      case 'silent':
        break
      default:
        // Whatever else is wrong, the server said so: it answers.
        this.#breaker.answered()
        this.note(true)
    }
  }
}
