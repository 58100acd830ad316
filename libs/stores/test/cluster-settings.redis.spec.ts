import { GRACE_MS } from '@rendezvous-cluster/rendezvous'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { describeWithRedis } from '../../../test/support/describe-with-redis.ts'
import { useRedisUrl } from '../../../test/support/redis-url.ts'
import { ClusterSettings, type ClusterSettingsInit } from '../src/redis/cluster-settings.ts'
import { RedisConnection } from '../src/redis/redis-connection.ts'

describeWithRedis('the settings of a cluster', (redis) => {
  const url = useRedisUrl(redis)
  let prefix: string
  let connections: RedisConnection[]

  beforeEach(() => {
    prefix = `test:settings:${crypto.randomUUID()}:`
    connections = []
  })

  afterEach(async () => {
    const [first] = connections

    await first?.client.del(`${prefix}config`)

    for (const connection of connections) {
      connection.close()
    }
  })

  /** The settings of another node, on a connection of its own. */
  async function createNode(init: ClusterSettingsInit = {}) {
    const connection = new RedisConnection({ url: url() })

    connections.push(connection)
    await connection.open(5000)

    return {
      client: connection.client,
      settings: new ClusterSettings(connection, { keyPrefix: prefix, ...init })
    }
  }

  it('are the first node’s own, and written', async () => {
    const { client, settings } = await createNode()

    expect(await settings.agree()).toEqual([])
    expect([settings.graceMs, settings.isOrdered]).toEqual([GRACE_MS, true])
    expect(await client.hgetall(`${prefix}config`)).toEqual({
      layout: '1',
      'grace-ms': String(GRACE_MS),
      'cluster-name': 'rendezvous',
      order: '1'
    })
  })

  it('have all nodes keep IP prefixes while one needs them, until the field is taken away', async () => {
    const capping = await createNode({ keepsPrefixes: true })
    const other = await createNode()

    await other.settings.agree()
    const before = other.settings.keepsPrefixes

    await capping.settings.agree()
    await other.settings.agree()
    const during = other.settings.keepsPrefixes

    await other.client.hdel(`${prefix}config`, 'prefixes')
    await other.settings.agree()

    expect([before, during, other.settings.keepsPrefixes]).toEqual([false, true, false])
    expect(other.settings.needsPrefixes).toBe(false)
    expect(capping.settings.keepsPrefixes).toBe(true)
  })

  it('are no matter of words for a node with the same ones', async () => {
    const init = { clusterName: 'east', graceMs: 3000 }
    const one = await createNode(init)
    const other = await createNode(init)

    await one.settings.agree()

    expect(await other.settings.agree()).toEqual([])
    expect(await one.settings.agree()).toEqual([])
  })

  it('stay the first node’s, and a second one is told how it differs', async () => {
    const one = await createNode({ clusterName: 'east', graceMs: 3000 })
    const other = await createNode({ clusterName: 'west', graceMs: 5000 })

    await one.settings.agree()
    const differences = await other.settings.agree()

    expect(differences).toEqual([
      'grace-ms: 5000 here, 3000 in the cluster',
      'cluster-name: west here, east in the cluster'
    ])
    expect(other.settings.graceMs).toBe(3000)
    expect(await one.settings.agree()).toEqual([])
    expect(one.settings.graceMs).toBe(3000)
  })

  it('tell the second one each time, not only at first', async () => {
    const one = await createNode({ graceMs: 3000 })
    const other = await createNode({ graceMs: 5000 })

    await one.settings.agree()
    const first = await other.settings.agree()

    expect(first).toHaveLength(1)
    expect(await other.settings.agree()).toEqual(first)
  })

  it('are a node’s own before it agreed', async () => {
    const { settings } = await createNode({ graceMs: 5000, isOrdered: false })

    expect([settings.graceMs, settings.isOrdered]).toEqual([5000, false])
  })

  it('have no order when no node pages', async () => {
    const { client, settings } = await createNode({ isOrdered: false })

    await settings.agree()

    expect(settings.isOrdered).toBe(false)
    expect(await client.hexists(`${prefix}config`, 'order')).toBe(0)
  })

  it('have an order from when one node pages, for the others when they agree next', async () => {
    const plain = await createNode({ isOrdered: false })
    const paging = await createNode({ isOrdered: true })

    await plain.settings.agree()
    const differences = await paging.settings.agree()
    const beforeAgreeing = plain.settings.isOrdered

    expect(await plain.settings.agree()).toEqual([])
    expect(differences).toEqual([])
    expect([beforeAgreeing, plain.settings.isOrdered]).toEqual([false, true])
  })

  it('never lose the order to a node that does not page', async () => {
    const paging = await createNode({ isOrdered: true })
    const plain = await createNode({ isOrdered: false })

    await paging.settings.agree()
    await plain.settings.agree()
    await paging.settings.agree()

    expect([paging.settings.isOrdered, plain.settings.isOrdered]).toEqual([true, true])
  })

  it('come back after Redis lost them, with the order, through whichever node', async () => {
    const paging = await createNode({ isOrdered: true, graceMs: 3000 })
    const plain = await createNode({ isOrdered: false, graceMs: 3000 })

    await paging.settings.agree()
    await plain.settings.agree()
    await paging.client.del(`${prefix}config`)

    expect(await plain.settings.agree()).toEqual([])
    expect(await plain.client.hgetall(`${prefix}config`)).toMatchObject({
      'grace-ms': '3000',
      order: '1'
    })
  })

  it('are the same for two nodes that agree at once, in each of 20 rounds', async () => {
    for (let round = 0; round < 20; round++) {
      const one = await createNode({ clusterName: 'east', graceMs: 3000, isOrdered: false })
      const other = await createNode({ clusterName: 'west', graceMs: 5000 })
      const differences = await Promise.all([one.settings.agree(), other.settings.agree()])
      const stored = await one.client.hgetall(`${prefix}config`)

      expect([one.settings.graceMs, other.settings.graceMs]).toEqual([
        Number(stored['grace-ms']),
        Number(stored['grace-ms'])
      ])
      // Each of the two settings is one node's, and is told to the other.
      expect(differences.flat()).toHaveLength(2)

      await one.settings.agree()
      expect(one.settings.isOrdered).toBe(true)
      await one.client.del(`${prefix}config`)
    }
  })

  it('stay usable when Redis loses them between writing and reading', async () => {
    const { client, settings } = await createNode({ graceMs: 3000 })
    const read = client.hgetall.bind(client)

    // As a flush, or a failover to a replica that lags, does at that moment.
    vi.spyOn(client, 'hgetall').mockImplementationOnce(async (key) => {
      await client.del(key)

      return read(key)
    })
    await settings.agree().catch(() => {})

    expect([settings.graceMs, settings.isOrdered]).toEqual([3000, true])
  })
})
