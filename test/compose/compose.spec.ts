import { setTimeout as delay } from 'node:timers/promises'
import { multiaddr } from '@multiformats/multiaddr'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { isAdvertised, startGoPeer } from '../interop/support/go-peer.ts'
import { runCli } from '../support/cli.ts'
import { createRendezvousNode, findPeers, type RendezvousNode } from '../support/rendezvous-node.ts'
import { connectTestClient, type TestClient } from '../support/test-client.ts'
import { ComposeCluster, type FrontService } from './support/compose-cluster.ts'

const ADDRESS = '/ip4/192.0.2.1/tcp/4001'
const OK = 0
const E_UNAVAILABLE = 400
const ALERT_WITHIN_MS = 120_000
const REDIS_AWAY_MS = 30_000
const REQUEST_MS = 200

const docker = inject('docker')
const goPeer = inject('goPeer')

describe.skipIf(docker.kind === 'none')('the cluster of docker-compose.yml', () => {
  let cluster: ComposeCluster
  let ended: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    cluster = await ComposeCluster.start()
  })

  afterAll(() => cluster?.stop())

  afterEach(async () => {
    await Promise.all(ended.map((end) => end()))
    ended = []
  })

  async function connect(service: FrontService): Promise<TestClient> {
    const client = await connectTestClient(multiaddr(await cluster.point(service)))

    ended.push(() => client.stop())

    return client
  }

  async function startNode(
    services: readonly FrontService[],
    ttlSeconds?: number
  ): Promise<RendezvousNode> {
    const points = await Promise.all(services.map((service) => cluster.point(service)))
    const node = await createRendezvousNode({ points, ttlSeconds, learnCluster: false })

    ended.push(async () => node.stop())

    return node
  }

  /** As somebody at a shell does, at the address that a node announces. */
  async function register(service: FrontService, namespace: string): Promise<string> {
    const args = ['--namespace', namespace, '--protocol', 'libp2p', '--address', ADDRESS]
    const point = await cluster.point(service)
    const { code, stdout, stderr } = await runCli([
      'register',
      '--point',
      point,
      ...args,
      '--once',
      '--json'
    ])

    expect(stderr).toBe('')
    expect(code).toBe(0)

    return JSON.parse(stdout).peerId
  }

  async function discover(service: FrontService, namespace: string): Promise<string[]> {
    const args = ['--namespace', namespace, '--protocol', 'libp2p', '--json']
    const { stdout } = await runCli(['discover', '--point', await cluster.point(service), ...args])

    return JSON.parse(stdout).registrations.map(({ peerId }: { peerId: string }) => peerId)
  }

  it('has three peer ids that share what is registered', async () => {
    const statuses = await Promise.all(cluster.services.map((service) => cluster.status(service)))
    const peerId = await register('front-0', 'shared')

    expect(new Set(statuses.map((status) => status.peerId)).size).toBe(3)
    for (const service of cluster.services) {
      expect(await discover(service, 'shared')).toEqual([peerId])
    }
  })

  it.skipIf(goPeer.kind === 'none')('is used by a Go peer at what a node announces', async () => {
    const flags = { point: await cluster.point('front-1'), namespace: 'go' }
    const go = startGoPeer(goPeer.kind === 'none' ? '' : goPeer.file, 'advertise', flags)

    ended.push(() => go.kill())

    const { peerId } = await go.first(isAdvertised)

    expect(await discover('front-2', 'go')).toEqual([peerId])
  })

  it('has nothing in its image but what it is built from', async () => {
    const files = await cluster.compose('exec', '-T', 'front-0', 'ls', '-A', '/app', '/app/scripts')

    expect(files.trim().split('\n').sort()).toEqual(
      [
        ...['', '/app/scripts:', '/app:', '.npmrc', 'LICENSE-APACHE', 'LICENSE-MIT', 'apps'],
        ...['bundle-page.mjs', 'libs', 'node_modules', 'package-lock.json', 'package.json'],
        ...['scripts', 'tsconfig.base.json', 'tsconfig.json']
      ].sort()
    )
  })

  it('has a status page with all that it loads', async () => {
    expect(await cluster.page('front-0')).toEqual({
      '/': 200,
      'assets/icon.svg': 200,
      'assets/page.css': 200,
      'assets/page.js': 200
    })
  })

  it('is seen whole by Prometheus, and nothing is wrong with it', async () => {
    await expect
      .poll(() => cluster.query('up'))
      .toEqual(Object.fromEntries(cluster.services.map((service) => [`${service}:8008`, 1])))
    expect(await cluster.firing()).toEqual([])
  })

  it('goes on without a node that is killed, which is told of and comes back as itself', async () => {
    const before = await cluster.status('front-1')
    const peerId = await register('front-1', 'killed')

    await cluster.docker('kill', 'front-1')

    expect(await discover('front-2', 'killed')).toEqual([peerId])
    await expect
      .poll(() => cluster.firing(), { timeout: ALERT_WITHIN_MS })
      .toContainEqual(expect.stringMatching(/^\S*Down front-1:8008$/))

    await cluster.docker('start', 'front-1')
    await cluster.untilHealthy('front-1')

    expect((await cluster.status('front-1')).peerId).toBe(before.peerId)
    expect(await discover('front-1', 'killed')).toEqual([peerId])
    await expect.poll(() => cluster.firing()).toEqual([])
  })

  it('keeps a client registered while its node hangs', async () => {
    const peer = await startNode(['front-0', 'front-2'], 20)
    const reader = await startNode(['front-1'])

    await peer.services.rendezvous.register('hung')
    const [current] = peer.services.rendezvous.points.filter(({ isCurrent }) => isCurrent)
    const zero = await cluster.status('front-0')
    const service = current?.peerId === zero.peerId ? 'front-0' : 'front-2'

    await cluster.docker('pause', service)

    try {
      await expect
        .poll(() => peer.services.rendezvous.points.find(({ isCurrent }) => isCurrent)?.peerId)
        .not.toBe(current?.peerId)
      expect(await findPeers(reader, 'hung')).toEqual([peer.peerId.toString()])
    } finally {
      await cluster.docker('unpause', service)
    }

    await cluster.untilHealthy(service)
  })

  it('answers E_UNAVAILABLE at a node that is cut off from Redis, until it is not', async () => {
    const client = await connect('front-0')

    expect(await client.register('cut')).toBe(OK)
    await cluster.disconnect('front-0', 'redis')

    try {
      await expect.poll(() => client.register('cut')).toBe(E_UNAVAILABLE)
      expect((await cluster.status('front-0')).store.up).toBe(false)
    } finally {
      await cluster.reconnect('front-0', 'redis')
    }

    await expect.poll(() => client.register('cut')).toBe(OK)
    expect(client.connection.status).toBe('open')
  })

  it('keeps what is registered for hours while Redis restarts', async () => {
    const peerId = await register('front-0', 'restart')

    // Redis writes to its disk every second.
    await delay(1500)
    await cluster.compose('restart', 'redis')
    await cluster.untilHealthy('redis')

    await expect.poll(() => discover('front-2', 'restart')).toEqual([peerId])
  })

  it('closes no connection and answers everything while Redis is away', async () => {
    const clients = await Promise.all(cluster.services.map(connect))
    const answers: number[] = []
    let isAway = true

    const load = clients.map(async (client) => {
      while (isAway) {
        answers.push(await client.register('away'))
        await delay(REQUEST_MS)
      }
    })

    await cluster.docker('stop', 'redis')
    await delay(REDIS_AWAY_MS)
    await cluster.docker('start', 'redis')
    await cluster.untilHealthy('redis')
    isAway = false
    await Promise.all(load)

    expect(new Set(answers)).toEqual(new Set([OK, E_UNAVAILABLE]))
    expect(clients.map(({ connection }) => connection.status)).toEqual(['open', 'open', 'open'])
    for (const client of clients) {
      await expect.poll(() => client.register('away')).toBe(OK)
    }
  })

  it('is upgraded node by node, and nobody is missing meanwhile', async () => {
    const peers = await Promise.all(
      Array.from({ length: 5 }, () => startNode(cluster.services, 20))
    )
    const ids = peers.map(({ peerId }) => peerId.toString()).sort()

    await Promise.all(peers.map(({ services }) => services.rendezvous.register('upgrade')))

    for (const service of cluster.services) {
      const others = cluster.services.filter((other) => other !== service)
      const reader = await startNode(others)
      let isReplaced = false

      const replaced = cluster
        .compose('up', '--detach', '--force-recreate', '--no-deps', '--wait', service)
        .finally(() => {
          isReplaced = true
        })

      while (!isReplaced) {
        expect(await findPeers(reader, 'upgrade')).toEqual(ids)
        await delay(REQUEST_MS)
      }

      await replaced
    }
  })
})
