const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const FINE = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 })

const UNITS: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's']
]

/** What stands for a figure that nobody has told. */
const UNKNOWN = '–'

/** Rounded to a whole number, such as `12,345`; a dash for one that nobody has told. */
export function formatCount(count: number | undefined): string {
  return count == null ? UNKNOWN : WHOLE.format(count)
}

/** Two digits below 10, whole numbers above. */
export function formatRate(rate: number | undefined): string {
  return rate == null ? UNKNOWN : rate < 10 ? FINE.format(rate) : WHOLE.format(rate)
}

/** As {@link formatRate}, with its unit: `0.42 ms`, `12 ms`. */
export function formatMs(milliseconds: number | undefined): string {
  return milliseconds == null ? UNKNOWN : `${formatRate(milliseconds)} ms`
}

/** In its two largest units, such as `3 d 4 h`. */
export function formatDuration(seconds: number): string {
  const largest = Math.max(
    UNITS.findIndex(([unitSeconds]) => seconds >= unitSeconds),
    0
  )
  const first = seconds < 1 ? UNITS.length - 1 : largest
  let rest = Math.floor(seconds)

  return UNITS.slice(first, first + 2)
    .flatMap(([unitSeconds, unit], index) => {
      const count = Math.floor(rest / unitSeconds)

      rest -= count * unitSeconds

      return index > 0 && count === 0 ? [] : [`${count} ${unit}`]
    })
    .join(' ')
}
