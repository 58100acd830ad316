/** What a plan is added up from. Times are microseconds of one core, sizes bytes. */
export interface UnitCosts {
  node: {
    /** A refresh on an open stream. */
    registerUs: number
    /** A DISCOVER, and each registration in its answer on top. */
    discoverUs: number
    registrationUs: number
    /** A connection from its first to its last byte, with identify and a REGISTER. */
    connectUs: number
    /** A second in which nothing is asked. */
    idleConnectionUs: number
    connectionBytes: number
    /** Without peers. */
    emptyBytes: number
  }
  redis: {
    registerUs: number
    discoverUs: number
    registrationBytes: number
  }
  /** Headers of TCP and of the encryption included. */
  wire: {
    registerBytes: number
    discoverBytes: number
    answerBytes: number
    registrationBytes: number
    /** In each direction. */
    connectBytes: number
  }
}

/** Where the figures of {@link UNIT_COSTS} come from, but for those that say otherwise. */
export const MEASURED_IN = {
  file: 'docs/benchmarks.md',
  machine: '2 cores of a virtual Intel Xeon'
}

export const UNIT_COSTS: UnitCosts = {
  // A front node with Redis at half load, waku dialect, 1,000 live registrations.
  node: {
    registerUs: 492,
    // What a DISCOVER of 50 takes, without its registrations.
    discoverUs: 205,
    // From `npm run bench -- peers --operation discover-1000`: not in the report yet.
    registrationUs: 2.6,
    connectUs: 3196,
    idleConnectionUs: 16,
    connectionBytes: 96 * 1024,
    // Read once, right after a start.
    emptyBytes: 150 * 2 ** 20
  },
  redis: {
    registerUs: 120,
    discoverUs: 13,
    // docs/reports/registry-cost.md
    registrationBytes: 831
  },
  // Counted from messages with a record of 250 bytes.
  wire: {
    registerBytes: 450,
    discoverBytes: 200,
    answerBytes: 130,
    registrationBytes: 275,
    connectBytes: 3000
  }
}
