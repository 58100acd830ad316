import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ClientNode, failOnBackgroundErrors, startClient } from './client-node.ts'
import type { StubRegistration } from './stub-answers.ts'
import { polite, StubPoint } from './stub-point.ts'
import { badRegistrations, createPeer } from './stub-records.ts'

const clusterNamespace = 'rendezvous/cluster'

describe('a client that knows one point', () => {
  let known: StubPoint
  let other: StubPoint
  let node: ClientNode

  failOnBackgroundErrors()

  beforeEach(async () => {
    ;[known, other] = await Promise.all([StubPoint.start(), StubPoint.start()])
  })

  afterEach(async () => {
    await node.stop()
    await Promise.all([known.stop(), other.stop()])
  })

  /** A point's registration in its cluster. */
  async function nodeOf(point: StubPoint): Promise<StubRegistration> {
    const addresses = point.node.getMultiaddrs().map(String)

    return { record: await point.peer.seal(1, addresses.map(withoutPeerId)) }
  }

  async function strangers(count: number, address: string): Promise<StubRegistration[]> {
    return Promise.all(
      Array.from({ length: count }, async () => ({
        record: await (await createPeer()).seal(1, [address])
      }))
    )
  }

  /** Has a point list nodes, and a client ask it. */
  async function start(registrations: StubRegistration[], address = known.address): Promise<void> {
    for (const point of [known, other]) {
      point.script = (asked) =>
        isOfCluster(asked.request) ? asked.discovered({ registrations }) : polite(asked)
    }

    node = await startClient({ points: [address], learnCluster: true })
    await node.services.rendezvous.register('test')
    await expect.poll(() => known.requests.some(isOfCluster)).toBe(true)
  }

  const learned = () => node.services.rendezvous.points.filter(({ source }) => source === 'learned')

  it('learns the others where it lists itself', async () => {
    await start([await nodeOf(known), await nodeOf(other), ...(await badRegistrations('test'))])

    await expect
      .poll(learned)
      .toMatchObject([{ peerId: other.peerId, multiaddrs: [other.address] }])
  })

  it('uses one that it has learned when the one it knew goes away', async () => {
    await start([await nodeOf(known), await nodeOf(other)])
    await expect.poll(learned).toHaveLength(1)
    await known.stop()

    await expect.poll(() => other.count('register')).toBe(1)
    await expect
      .poll(() => node.services.rendezvous.registrations)
      .toMatchObject([{ state: { status: 'active', point: other.address } }])
    // It is not trusted to name others.
    expect(other.requests.filter(isOfCluster)).toEqual([])
  })

  it('learns sixteen at most', async () => {
    await start([await nodeOf(known), ...(await strangers(30, '/ip4/192.0.2.7/tcp/4001'))])

    await expect.poll(() => learned().length).toBe(16)
  })

  it('does not learn itself twice where it was known by an address alone', async () => {
    await start([await nodeOf(known), await nodeOf(other)], withoutPeerId(known.address))

    await expect.poll(learned).toMatchObject([{ peerId: other.peerId }])
  })

  it('learns no addresses that lead elsewhere from where it is', async () => {
    const away = [
      '/ip4/10.0.0.1/tcp/4001',
      '/ip6/::ffff:10.0.0.1/tcp/4001',
      '/ip4/0.0.0.0/tcp/4001',
      '/unix/%2ftmp%2fsocket'
    ]
    const nodes = await Promise.all(away.map((address) => strangers(1, address)))

    await start([await nodeOf(known), ...nodes.flat(), await nodeOf(other)])

    await expect.poll(learned).toMatchObject([{ peerId: other.peerId }])
  })

  it.each<[string, () => Promise<StubRegistration[]>]>([
    ['it does not list itself', async () => [await nodeOf(other)]],
    [
      'its own record is forged',
      async () => {
        const { record } = await nodeOf(known)
        const forged = record.with(-1, (record.at(-1) as number) ^ 1)

        return [{ record: forged }, await nodeOf(other)]
      }
    ]
  ])('learns nothing where %s', async (_what, nodes) => {
    await start(await nodes())
    // What it has learned is there before the next answer.
    await node.services.rendezvous.register('next')

    expect(learned()).toEqual([])
  })
})

function isOfCluster({ namespace }: { namespace?: Uint8Array }): boolean {
  return Buffer.from(namespace ?? []).toString() === clusterNamespace
}

function withoutPeerId(address: string): string {
  return address.replace(/\/p2p\/[^/]+$/, '')
}
