import { TurnQueue } from './turn-queue.ts'

/**
 * Lets work of a millisecond or more begin one piece after the other, with a turn of the event loop
 * between two, so that requests that take less come in between. Those who want it take turns: one
 * with much to do does not hold up another.
 */
export class EventLoopTurns {
  readonly #queue = new TurnQueue()
  #isBusy = false

  /**
   * Resolves when a piece of work may begin, at once where none has in this turn of the event loop.
   *
   * @param forWhom - those with the same are served in their order
   * @param isOver - whether nobody wants it any more: then it takes no turn from others
   */
  async next(forWhom: string, isOver: () => boolean = () => false): Promise<void> {
    if (!this.#isBusy) {
      this.#goOn()

      return
    }

    await this.#queue.wait(forWhom, isOver)
  }

  #goOn(): void {
    this.#isBusy = true
    setImmediate(() => {
      this.#isBusy = false

      if (this.#queue.begin()) {
        this.#goOn()
      }
    })
  }
}
