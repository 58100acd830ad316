/** Most registrations one call of `sweep` removes: some ten milliseconds of work at most. */
export const SWEEP_MAX = 10_000
