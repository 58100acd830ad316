import { generateKeyPair } from '@libp2p/crypto/keys'
import { RendezvousService } from '@rendezvous-cluster/rendezvous'
import { MemoryStore } from '@rendezvous-cluster/stores'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { expect, it, onTestFinished } from 'vitest'
import { connectTestClient } from '../../../test/support/test-client.ts'
import { createLibp2pNode } from '../src/create-libp2p-node.ts'

it('remembers no peers: libp2p alone would remember each of them for ever', async () => {
  const node = await start()
  const [address] = node.getMultiaddrs()
  const clients = await Promise.all(
    Array.from({ length: 3 }, () => connectTestClient(address as NonNullable<typeof address>))
  )

  await Promise.all(clients.map((client) => client.register('leaving')))

  const known = await node.peerStore.all()
  const self = await node.peerStore.get(node.peerId)

  await Promise.all(clients.map((client) => client.stop()))

  expect(known).toEqual([])
  expect(self.protocols).toContain(DIALECTS.waku.protocol)
})

it('tells what it serves now, whatever it told before', async () => {
  const node = await start()

  await node.peerStore.get(node.peerId)
  await node.handle('/served/later', () => {})

  await expect
    .poll(async () => (await node.peerStore.get(node.peerId)).protocols)
    .toContain('/served/later')
})

async function start(): ReturnType<typeof createLibp2pNode> {
  const node = await createLibp2pNode({
    privateKey: await generateKeyPair('Ed25519'),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    announce: [],
    connectionsMax: 10,
    accepting: new AbortController().signal,
    point: {
      service: new RendezvousService({ store: new MemoryStore() }),
      dialects: [DIALECTS.waku]
    },
    registry: new Registry(),
    log: pino({ level: 'silent' }),
    version: '0.0.0'
  })

  await node.start()
  onTestFinished(async () => void (await node.stop()))

  return node
}
