import { MemoryStore } from '@rendezvous-cluster/stores'
import { seededRandom } from '@rendezvous-cluster/stores/compliance'
import { expect, it } from 'vitest'
import { describeWithRedis } from '../support/describe-with-redis.ts'
import { useRedisUrl } from '../support/redis-url.ts'
import { describeSimulation } from './describe-simulation.ts'
import { openSimulationStore } from './open-simulation-store.ts'
import { DEFENCES, runSimulation } from './run-simulation.ts'
import { parseOptions } from './simulation-options.ts'

const OPTIONS = parseOptions('--honest 100 --prefixes 4 --peers-per-prefix 100 --cap 5'.split(' '))
const INIT = { ...OPTIONS, prefixes: 4, limit: 26, discovers: 500 }

it('a simulation shows an attacker by number, by cap and by prefix', async () => {
  const random = seededRandom(1)
  const store = new MemoryStore({ random })
  const results = []

  for (const defence of DEFENCES) {
    results.push(await runSimulation(store, { ...INIT, random }, defence))
  }

  expect(results.map(({ accepted }) => accepted)).toEqual([400, 20, 400, 20])
  // 400 of 500, 20 of 120, and 4 prefixes of 104, each within 6 standard deviations of 13,000 draws.
  for (const [index, expected] of [400 / 500, 20 / 120, 4 / 104, 4 / 104].entries()) {
    expect(Math.abs((results[index]?.shareMean ?? 0) - expected)).toBeLessThan(0.022)
  }
  expect(results.map(({ shareMax }) => shareMax > 4 / 26)).toEqual([true, true, false, false])
  expect(await store.stats()).toEqual({ registrations: 0, namespaces: 0 })
})

it('a simulation counts honest peers that the cap refuses, where many share a prefix', async () => {
  const random = seededRandom(1)
  const { honestRefused } = await runSimulation(
    new MemoryStore({ random }),
    { ...INIT, honestPerPrefix: 20, random },
    { isCapped: true, isSpread: true }
  )

  // Five prefixes of twenty, of which five each are let in.
  expect(honestRefused).toBe(75)
})

it('a simulation is described by a row for each defence', async () => {
  const random = seededRandom(1)
  const result = await runSimulation(
    new MemoryStore({ random }),
    { ...INIT, random },
    { isCapped: true, isSpread: true }
  )

  expect(describeSimulation(OPTIONS, [result])).toMatch(
    /^\| 4 \| capped, in turn \| 20 of 400 \| \d\.\d % \| 15\.4 % \| 0\.0 % \| 0 \|$/m
  )
})

describeWithRedis('a simulation in Redis', (redis) => {
  const url = useRedisUrl(redis)

  it('shows the same, and removes what it has registered', async () => {
    const random = seededRandom(1)
    const store = await openSimulationStore(url(), random)

    try {
      const defence = { isCapped: true, isSpread: true }
      const { accepted, shareMax } = await runSimulation(store, { ...INIT, random }, defence)

      expect(accepted).toBe(20)
      expect(shareMax).toBeLessThanOrEqual(4 / 26)
      expect(await store.stats()).toEqual({ registrations: 0, namespaces: 0 })
    } finally {
      await store.close()
    }
  })
})
