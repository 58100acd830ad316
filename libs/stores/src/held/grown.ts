type Column = Int32Array | Uint8Array | Float64Array

/** Slots that a column has room for at first. */
const SLOTS_MIN = 64

/** The column itself where it has room for a slot, or else a copy that has: to be put in its place. */
export function grown<T extends Column>(column: T, slot: number): T {
  if (slot < column.length) {
    return column
  }

  const length = Math.max(SLOTS_MIN, slot + 1, Math.ceil(column.length * 1.5))
  const longer = new (column.constructor as new (length: number) => T)(length)

  longer.set(column)

  return longer
}
