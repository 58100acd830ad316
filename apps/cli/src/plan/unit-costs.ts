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
const HALF_LOAD = { node: 166 / 148, redis: 51.7 / 47.3 }

/** Rows of docs/reports/registry-cost.md, each read by itself, at a node that does nothing else. */
const READS = {
  nothingChanged: { nodeUs: 128, redisUs: 41.9 },
  hundredChanged: { nodeUs: 334, redisUs: 178 },
  allOfThousand: { nodeUs: 3840, redisUs: 635 },
  fiftyDrawn: { nodeUs: 155, redisUs: 314 },
  part: { nodeUs: 1440, redisUs: 605 }
}

export const UNIT_COSTS: UnitCosts = {
  // A front node with Redis, waku dialect, 100,000 live registrations.
  node: {
    registerUs: Math.round(149 * HALF_LOAD.node),
    // A DISCOVER of 50 with 1,000 live, which reads next to nothing, without its registrations.
    discoverUs: Math.round((150 - 50 * 1.4) * HALF_LOAD.node),
    // What a DISCOVER of 50 and one of 1000 take differ by the registrations.
    registrationUs: rounded(1.4 * HALF_LOAD.node),
    // With 1,000 live: with more it is the same, and was measured less exactly.
    connectUs: Math.round(1982 * HALF_LOAD.node),
    // Of the libp2p dialect, the dearer one.
    idleConnectionUs: 0.7,
    connectionBytes: 46 * 1024,
    // Read once, right after a start.
    emptyBytes: 150 * 2 ** 20,
    // Records of 200 bytes, a peer id, and what the store counts for a slot.
    copiedBytes: 400,
    // Read once: 0.9 GiB with a million in copies, after DISCOVERs of 50.
    residentPerCopied: 2
  },
  redis: {
    registerUs: Math.round(44 * HALF_LOAD.redis),
    connectUs: Math.round(230 * HALF_LOAD.redis),
    // docs/reports/registry-cost.md
    registrationBytes: 831
  },
  reads: {
    script: READS.nothingChanged,
    change: eachOf(100, READS.hundredChanged, 1),
    // What has changed is read before.
    copied: eachOf(1000, READS.allOfThousand, 2),
    drawn: eachOf(50, READS.fiftyDrawn, 1),
    part: READS.part
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

/** What a read takes for each of its registrations, without the scripts. */
function eachOf(registrations: number, { nodeUs, redisUs }: ReadCost, scripts: number): ReadCost {
  const { nothingChanged } = READS

  return {
    nodeUs: rounded((nodeUs - scripts * nothingChanged.nodeUs) / registrations),
    redisUs: rounded((redisUs - scripts * nothingChanged.redisUs) / registrations)
  }
}

function rounded(us: number): number {
  return Number(us.toFixed(2))
}
