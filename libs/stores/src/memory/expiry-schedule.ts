/**
 * What expires when, in buckets of one second: scheduling, rescheduling and cancelling take
 * constant time, and what is due comes out without a look at the rest.
 */
export class ExpirySchedule<T> {
  readonly #bySecond = new Map<number, Set<T>>()
  readonly #secondOf = new Map<T, number>()
  /** No bucket lies before this second. */
  #firstSecond: number

  constructor(nowMs: number) {
    this.#firstSecond = Math.floor(nowMs / 1000)
  }

  /** Schedules, or moves what is scheduled already. Comes out within a second after `dueAtMs`. */
  set(what: T, dueAtMs: number): void {
    const second = Math.max(Math.ceil(dueAtMs / 1000), this.#firstSecond)

    if (this.#secondOf.get(what) === second) {
      return
    }

    this.delete(what)
    this.#secondOf.set(what, second)

    const bucket = this.#bySecond.get(second)

    if (bucket == null) {
      this.#bySecond.set(second, new Set([what]))
    } else {
      bucket.add(what)
    }
  }

  delete(what: T): void {
    const second = this.#secondOf.get(what)

    if (second == null) {
      return
    }

    const bucket = this.#bySecond.get(second)

    bucket?.delete(what)
    this.#secondOf.delete(what)

    if (bucket?.size === 0) {
      this.#bySecond.delete(second)
    }
  }

  /** Takes out up to `limit` of what is due at `nowMs`. */
  takeDue(nowMs: number, limit: number): T[] {
    const due: T[] = []
    const nowSecond = Math.floor(nowMs / 1000)

    if (this.#bySecond.size === 0) {
      this.#firstSecond = Math.max(this.#firstSecond, nowSecond)
    }

    while (this.#firstSecond <= nowSecond) {
      for (const what of this.#bySecond.get(this.#firstSecond) ?? []) {
        if (due.length === limit) {
          return due
        }

        this.delete(what)
        due.push(what)
      }

      this.#firstSecond++
    }

    return due
  }
}
