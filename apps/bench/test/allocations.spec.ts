import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type FrontProcess,
  startFrontProcess
} from '../../../test/interop/support/front-process.ts'
import type { RunRequest, Scenario } from '../src/load/load-request.ts'
import { LoadProcess } from '../src/load/start-load.ts'

/** So large that nothing is collected while it is counted. */
const NODE_ARGS = ['--min-semi-space-size=256', '--max-semi-space-size=256']

const PEERS = 300

/** Few enough to fit, whatever the machine: at a rate, not as fast as it can. */
const RATE = 100

/** Windows that are looked at until there is one in which nothing is collected. */
const ATTEMPTS_MAX = 10

const REQUEST: Omit<RunRequest, 'scenario'> = {
  do: 'run',
  ...{ limit: PEERS, connections: 20, concurrency: 1, seconds: 1 },
  rate: RATE
}

/** Of a record as the load has them: one address, an Ed25519 key. */
const RECORD_BYTES = 190

/**
 * What an operation allocates in a front node does not depend on how fast the machine is: more is a
 * regression. The bounds are a fifth to a half above what was counted when they were set.
 */
describe('what a front node allocates', () => {
  let front: FrontProcess
  let load: LoadProcess

  beforeAll(async () => {
    front = await startFrontProcess(
      { 'log-level': 'error', 'peer-cost-rate': '1000000', 'peer-cost-burst': '10000000' },
      { nodeArgs: NODE_ARGS }
    )
    load = await LoadProcess.start(
      { point: front.point, dialect: 'waku', recordKind: 'peer-record', ttlSeconds: 20 },
      { peers: PEERS, namespaces: 1, prefix: '/allocations/' }
    )
    await load.fill({ dialect: 'libp2p', ttlSeconds: 7200 })
    // Everything is loaded and compiled, and the connections are open.
    await allocatedBy('refresh')
    await allocatedBy('discover')
  })

  afterAll(async () => {
    await load?.stop()
    await front?.kill('SIGTERM')
  })

  it('for a refresh', async () => {
    const { heapBytes, outsideBytes } = await allocatedBy('refresh')

    expect(heapBytes).toBeLessThan(50_000)
    expect(outsideBytes).toBeLessThan(1000)
  })

  it('for a DISCOVER: the answer, and at most two copies of it on its way', async () => {
    const { heapBytes, outsideBytes } = await allocatedBy('discover')

    expect(heapBytes).toBeLessThan(160_000)
    expect(outsideBytes / (PEERS * RECORD_BYTES)).toBeLessThan(3.8)
  })

  /** Bytes for each operation, in the heap and outside of it. */
  async function allocatedBy(scenario: Scenario) {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const first = await readMemory()
      // What it takes to tell: no part of an operation.
      const before = await readMemory()
      const { operations, failed } = await load.run({ ...REQUEST, scenario })
      const after = await readMemory()

      expect(failed).toBe(0)
      expect(operations).toBeGreaterThan(50)

      if (after.collections === first.collections) {
        const ofOne = (of: 'heapBytes' | 'outsideBytes') =>
          (after[of] - before[of] - (before[of] - first[of])) / operations

        return { heapBytes: ofOne('heapBytes'), outsideBytes: ofOne('outsideBytes') }
      }
    }

    throw new Error(`something was collected in each of ${ATTEMPTS_MAX} windows`)
  }

  async function readMemory() {
    const [heapBytes, outsideBytes, ...collections] = await Promise.all([
      front.metric('nodejs_heap_size_used_bytes'),
      front.metric('nodejs_external_memory_bytes'),
      ...['major', 'minor', 'incremental'].map((kind) =>
        front.metric(`nodejs_gc_duration_seconds_count{kind="${kind}"}`)
      )
    ])

    return {
      heapBytes,
      outsideBytes,
      collections: collections.reduce((sum, each) => sum + each, 0)
    }
  }
})
