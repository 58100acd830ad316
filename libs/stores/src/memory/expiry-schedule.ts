import { grown } from '../held/grown.ts'
import { SlotLists } from '../held/slot-lists.ts'

/** Of a slot that is not scheduled. */
const NEVER = -1

/**
 * Which slots expire when, in lists for each second: scheduling, rescheduling and cancelling take
 * constant time, and what is due comes out without a look at the rest.
 */
export class ExpirySchedule {
  readonly #firstOf = new Map<number, number>()
  readonly #lists = new SlotLists()
  #secondOf = new Float64Array()
  /** Nothing is scheduled before this second. */
  #firstSecond: number

  constructor(nowMs: number) {
    this.#firstSecond = Math.floor(nowMs / 1000)
  }

  /** Comes out within a second after `dueAtMs`. @param slot - not scheduled yet */
  add(slot: number, dueAtMs: number): void {
    this.#secondOf = grown(this.#secondOf, slot)
    this.#add(slot, this.#secondFor(dueAtMs))
  }

  /** @param slot - scheduled; does nothing where it is taken out meanwhile */
  move(slot: number, dueAtMs: number): void {
    const second = this.#secondFor(dueAtMs)

    if (this.#secondOf[slot] !== second) {
      this.delete(slot)
      this.#add(slot, second)
    }
  }

  /** Does nothing for one that was taken out. */
  delete(slot: number): void {
    const second = this.#secondOf[slot] as number

    if (second === NEVER) {
      return
    }

    const first = this.#lists.delete(this.#firstOf.get(second) as number, slot)

    this.#secondOf[slot] = NEVER

    if (first == null) {
      this.#firstOf.delete(second)
    } else {
      this.#firstOf.set(second, first)
    }
  }

  /** Takes out up to `limit` of what is due at `nowMs`. */
  takeDue(nowMs: number, limit: number): number[] {
    const due: number[] = []
    const nowSecond = Math.floor(nowMs / 1000)

    if (this.#firstOf.size === 0) {
      this.#firstSecond = Math.max(this.#firstSecond, nowSecond)
    }

    while (this.#firstSecond <= nowSecond) {
      for (const slot of this.#lists.from(this.#firstOf.get(this.#firstSecond))) {
        if (due.length === limit) {
          return due
        }

        this.delete(slot)
        due.push(slot)
      }

      this.#firstSecond++
    }

    return due
  }

  #add(slot: number, second: number): void {
    this.#secondOf[slot] = second
    this.#firstOf.set(second, this.#lists.add(this.#firstOf.get(second), slot))
  }

  #secondFor(dueAtMs: number): number {
    return Math.max(Math.ceil(dueAtMs / 1000), this.#firstSecond)
  }
}
