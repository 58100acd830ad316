/** What a plan is added up from. Times are microseconds of one core, sizes bytes. */
export interface UnitCosts {
  node: {
    /** A refresh on an open stream. */
    registerUs: number
    /** A DISCOVER, without what is read for it, and each registration in its answer on top. */
    discoverUs: number
    registrationUs: number
    /** A connection from its first to its last byte, with identify and a REGISTER. */
    connectUs: number
    /** A second in which nothing is asked. */
    idleConnectionUs: number
    connectionBytes: number
    /** Without peers. */
    emptyBytes: number
    /** A registration in a copy of its namespace, as `--max-copied-bytes` counts it. */
    copiedBytes: number
    /** What the process takes for each of these bytes: garbage is collected once it is as much as is held. */
    residentPerCopied: number
  }
  redis: {
    registerUs: number
    /** The REGISTER of a connection, which is new. */
    connectUs: number
    registrationBytes: number
  }
  reads: ReadCosts
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
  files: 'docs/benchmarks.md and docs/reports/registry-cost.md',
  machine: '2 cores of a virtual AMD EPYC'
}

/** Of one read, or of one registration that is read. */
export interface ReadCost {
  nodeUs: number
  redisUs: number
}

/** What a node reads for its copies of namespaces, and for answers where it has none. */
export interface ReadCosts {
  /** Without any registration. */
  script: ReadCost
  /** Each that has changed since a copy was read; each of a copy that is read anew; each drawn for an answer. */
  change: ReadCost
  copied: ReadCost
  drawn: ReadCost
  /** Some registrations of a large namespace, drawn together. */
  part: ReadCost
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
    emptyBytes: 150 * 2 ** 20,
    copiedBytes: 400,
    residentPerCopied: 2
  },
  redis: {
    registerUs: 73,
    connectUs: Math.round(209 * HALF_LOAD.redis),
    // docs/reports/registry-cost.md
    registrationBytes: 831
  },
  reads: {
    script: { nodeUs: 100, redisUs: 20 },
    change: { nodeUs: 3, redisUs: 2 },
    copied: { nodeUs: 2, redisUs: 1 },
    drawn: { nodeUs: 2, redisUs: 4 },
    part: { nodeUs: 1000, redisUs: 600 }
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
