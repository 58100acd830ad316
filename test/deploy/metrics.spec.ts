import { multiaddr } from '@multiformats/multiaddr'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ServingCli, serveCli } from '../support/cli.ts'
import { describeWithRedisServer } from '../support/describe-with-redis.ts'
import { type RedisServer, startRedisServer } from '../support/redis-server.ts'
import { connectTestClient, type TestClient } from '../support/test-client.ts'
import { until } from '../support/until.ts'
import { dashboardExpressions } from './support/dashboard-expressions.ts'
import { alertingRules, recordingRules } from './support/prometheus-rules.ts'
import {
  type Labels,
  type Matcher,
  matches,
  parseExpression,
  parseMetrics
} from './support/promql.ts'

/** What Prometheus adds itself: to every series of a target, and as series. */
const TARGET_LABELS = ['job', 'instance', 'namespace', 'pod']
const OWN_METRICS = ['up', 'ALERTS']

const FIGURES_MS = 15_000

/** Little room for young objects, so that garbage is collected soon. */
const OFTEN_TIDIED = { NODE_OPTIONS: '--max-semi-space-size=1' }

const recorded = new Set(recordingRules.map(({ record }) => record))

const expressions = [
  ...recordingRules.map(({ record, expr }) => ({ name: `recorded ${record}`, expr })),
  ...alertingRules.map(({ alert, expr }) => ({ name: `alert ${alert}`, expr })),
  ...dashboardExpressions().map(({ title, expr }) => ({ name: `panel ${title}: ${expr}`, expr }))
]

describeWithRedisServer('what /metrics of three front nodes tells', (binary) => {
  let redis: RedisServer
  let fronts: ServingCli[] = []
  let clients: TestClient[] = []
  let metricsOfNodes: Map<string, Labels[]>[] = []

  beforeAll(async () => {
    redis = await startRedisServer({ binary })
    fronts = await Promise.all([1, 2, 3].map(() => serveCli(['--store', redis.url], OFTEN_TIDIED)))
    clients = await Promise.all(fronts.map(({ point }) => connectTestClient(multiaddr(point))))

    for (const client of clients) {
      // The second of them is known already.
      expect([await client.register('here'), await client.register('here')]).toEqual([0, 0])
      expect(await client.find('here')).toContain(client.peer.node.peerId.toString())
    }

    await redis.stop()

    for (const client of clients) {
      expect(await client.register('here')).toBe(400)
    }

    // They begin with the first collection.
    await until('figures of the garbage collector', FIGURES_MS, async () => {
      metricsOfNodes = await scrape()

      return metricsOfNodes.every((metrics) => metrics.has('nodejs_gc_duration_seconds_sum'))
    })
  })

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.stop()))
    await Promise.all(fronts.map((front) => front.kill()))
    await redis.stop()
  })

  it.each(expressions)('is what is asked for by $name', ({ expr }) => {
    const { selectors, groupingLabels } = parseExpression(expr)
    const ofNodes = selectors.filter(({ metric }) => !isMadeByPrometheus(metric))

    for (const metrics of metricsOfNodes) {
      const labels = new Set(TARGET_LABELS)

      for (const { metric, matchers } of ofNodes) {
        const series = metrics.get(metric) ?? []
        const asked = matchers.filter(({ label }) => !TARGET_LABELS.includes(label))

        expect(series.some((one) => hasAll(one, asked))).toBe(true)

        for (const label of series.flatMap(Object.keys)) {
          labels.add(label)
        }
      }

      expect([...labels]).toEqual(expect.arrayContaining(groupingLabels))
    }
  })

  async function scrape(): Promise<Map<string, Labels[]>[]> {
    return await Promise.all(
      fronts.map(async ({ sidecar }) =>
        parseMetrics(await (await fetch(`${sidecar}/metrics`)).text())
      )
    )
  }
})

function isMadeByPrometheus(metric: string): boolean {
  return OWN_METRICS.includes(metric) || recorded.has(metric)
}

function hasAll(labels: Labels, matchers: Matcher[]): boolean {
  return matchers.every((matcher) => matcher.label in labels && matches(matcher, labels))
}
