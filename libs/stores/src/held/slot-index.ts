/** Each place takes two numbers: the hash, and the slot plus one, or 0 where it is free. */
const NUMBERS = 2

const PLACES_MIN = 64

/** It grows when more of its places are taken, and shrinks when less than an eighth of that are. */
const TAKEN_MAX = 0.5

/**
 * Finds slots by the hash of what is in them: a table of open addresses in one buffer, outside of the heap, where a
 * `Map` would cost an object and a string for each.
 */
export class SlotIndex {
  #places = new Int32Array(PLACES_MIN * NUMBERS)
  #mask = PLACES_MIN - 1
  #size = 0

  /** @param isIt - whether the slot is the wanted one: others may have the same hash */
  find(hash: number, isIt: (slot: number) => boolean): number | undefined {
    for (let place = hash & this.#mask; ; place = (place + 1) & this.#mask) {
      const slot = this.#slotAt(place)

      if (slot < 0) {
        return undefined
      }

      if (this.#hashAt(place) === hash && isIt(slot)) {
        return slot
      }
    }
  }

  /** @param slot - not in it yet */
  add(hash: number, slot: number): void {
    if (this.#size + 1 > (this.#mask + 1) * TAKEN_MAX) {
      this.#resize((this.#mask + 1) * 2)
    }

    this.#insert(hash, slot)
    this.#size++
  }

  /** Puts another slot of the same hash in the place of one. */
  replace(hash: number, slot: number, by: number): void {
    this.#places[this.#placeOf(hash, slot) * NUMBERS + 1] = by + 1
  }

  delete(hash: number, slot: number): void {
    let free = this.#placeOf(hash, slot)

    // Whatever stands further from its own place than the free one moves there: no search meets a gap before it.
    for (let place = (free + 1) & this.#mask; this.#slotAt(place) >= 0; ) {
      const away = (place - (this.#hashAt(place) & this.#mask)) & this.#mask

      if (away >= ((place - free) & this.#mask)) {
        this.#put(free, this.#hashAt(place), this.#slotAt(place))
        free = place
      }

      place = (place + 1) & this.#mask
    }

    this.#places[free * NUMBERS + 1] = 0
    this.#size--

    if (this.#mask >= PLACES_MIN && this.#size < ((this.#mask + 1) * TAKEN_MAX) / 8) {
      this.#resize((this.#mask + 1) / 2)
    }
  }

  clear(): void {
    this.#places = new Int32Array(PLACES_MIN * NUMBERS)
    this.#mask = PLACES_MIN - 1
    this.#size = 0
  }

  #placeOf(hash: number, slot: number): number {
    let place = hash & this.#mask

    while (this.#slotAt(place) !== slot) {
      if (this.#slotAt(place) < 0) {
        throw new Error(`slot ${slot} is not in the index`)
      }

      place = (place + 1) & this.#mask
    }

    return place
  }

  #insert(hash: number, slot: number): void {
    let place = hash & this.#mask

    while (this.#slotAt(place) >= 0) {
      place = (place + 1) & this.#mask
    }

    this.#put(place, hash, slot)
  }

  #resize(places: number): void {
    const former = this.#places

    this.#places = new Int32Array(places * NUMBERS)
    this.#mask = places - 1

    for (let at = 0; at < former.length; at += NUMBERS) {
      const slot = (former[at + 1] as number) - 1

      if (slot >= 0) {
        this.#insert(former[at] as number, slot)
      }
    }
  }

  #put(place: number, hash: number, slot: number): void {
    this.#places[place * NUMBERS] = hash
    this.#places[place * NUMBERS + 1] = slot + 1
  }

  #hashAt(place: number): number {
    return this.#places[place * NUMBERS] as number
  }

  /** Negative where the place is free. */
  #slotAt(place: number): number {
    return (this.#places[place * NUMBERS + 1] as number) - 1
  }
}
