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
    /** Where no copy answers; and each registration in the answer on top, the first hundred of which are drawn. */
    discoverUs: number
    drawnUs: number
    copiedUs: number
    /** The REGISTER of a connection, which is new. */
    connectUs: number
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
  machine: '2 cores of a virtual AMD EPYC'
}

/**
 * An operation costs more the less busy a node is. A refresh was measured at half load, the others at full load:
 * they are taken times what a refresh cost at half load and at full, at the node and at Redis.
 */
const HALF_LOAD = { node: 278 / 206, redis: 73 / 62 }

export const UNIT_COSTS: UnitCosts = {
  // A front node with Redis, waku dialect, 100,000 live registrations.
  node: {
    registerUs: 278,
    // What a DISCOVER of 50 and one of 1000 take differ by the registrations.
    discoverUs: Math.round(170 * HALF_LOAD.node),
    registrationUs: Number((3.7 * HALF_LOAD.node).toFixed(1)),
    // With 1,000 live: with more it is the same, and was measured less exactly.
    connectUs: Math.round(2426 * HALF_LOAD.node),
    // Of the libp2p dialect, the dearer one.
    idleConnectionUs: 1.1,
    connectionBytes: 43 * 1024,
    // Read once, right after a start.
    emptyBytes: 150 * 2 ** 20
  },
  redis: {
    registerUs: 73,
    // A DISCOVER of 50 took 338, of which each that is drawn takes 4 by the time of the script.
    discoverUs: Math.round(138 * HALF_LOAD.redis),
    drawnUs: Number((4 * HALF_LOAD.redis).toFixed(1)),
    copiedUs: Number((0.9 * HALF_LOAD.redis).toFixed(1)),
    connectUs: Math.round(209 * HALF_LOAD.redis),
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
