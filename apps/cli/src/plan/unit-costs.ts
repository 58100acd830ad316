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

/** Where the figures of {@link UNIT_COSTS} come from: they are copied from there. */
export const MEASURED_IN = {
  file: 'docs/benchmarks.md',
  machine: '2 cores of a virtual Intel Xeon'
}

export const UNIT_COSTS: UnitCosts = {
  // A front node with Redis, waku dialect, 100,000 live registrations.
  node: {
    registerUs: 261,
    discoverUs: 380,
    registrationUs: 1.3,
    connectUs: 2600,
    idleConnectionUs: 0.5,
    connectionBytes: 60 * 1024,
    emptyBytes: 150 * 2 ** 20
  },
  redis: {
    registerUs: 77,
    discoverUs: 15,
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
