import { setTimeout as delay } from 'node:timers/promises'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import type { IdentifyResult } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import type { Multiaddr } from '@multiformats/multiaddr'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { createLibp2p } from 'libp2p'
import { expect, it, onTestFinished } from 'vitest'
import { startBoundedNode } from './bounded-node.ts'

it('peers are told who a node is, and where they have come from', async () => {
  const { node, point } = await startBoundedNode()
  const { told, localPort } = await askWhoThatIs(point)

  expect(told).toMatchObject({
    protocolVersion: 'ipfs/0.1.0',
    agentVersion: expect.stringMatching(/^rendezvous-cluster\/0\.0\.0 /)
  })
  expect(told.protocols).toEqual(expect.arrayContaining([DIALECTS.waku.protocol, '/ipfs/id/1.0.0']))
  expect(told.listenAddrs.map(String)).toEqual([String(point.decapsulate('/p2p'))])
  expect(told.signedPeerRecord?.addresses.map(String)).toEqual([String(point.decapsulate('/p2p'))])
  expect(told.peerId.equals(node.peerId)).toBe(true)
  expect(String(told.observedAddr)).toContain(`/tcp/${localPort}`)
})

it('a node’s own record is sealed once, not for each who asks', async () => {
  const { point } = await startBoundedNode()
  const { told: first } = await askWhoThatIs(point)

  // Records are told apart by the millisecond in which they were made.
  await delay(5)

  const { told: second } = await askWhoThatIs(point)

  expect(second.signedPeerRecord?.seq).toBe(first.signedPeerRecord?.seq)
})

async function askWhoThatIs(
  point: Multiaddr
): Promise<{ told: IdentifyResult; localPort: number }> {
  const peer = await createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    services: { identify: identify() }
  })

  onTestFinished(async () => void (await peer.stop()))

  const told = Promise.withResolvers<IdentifyResult>()

  peer.addEventListener('peer:identify', ({ detail }) => told.resolve(detail))

  const connection = await peer.dial(point)
  const { socket } = (connection as unknown as { maConn: { socket: { localPort: number } } }).maConn

  return { told: await told.promise, localPort: socket.localPort }
}
