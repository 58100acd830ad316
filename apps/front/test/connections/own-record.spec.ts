import { setTimeout as delay } from 'node:timers/promises'
import type { IdentifyResult } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { expect, it } from 'vitest'
import { identifyNode } from '../../../../test/support/identify-node.ts'
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
  const { told, connection } = await identifyNode(point)
  const { socket } = (connection as unknown as { maConn: { socket: { localPort: number } } }).maConn

  return { told, localPort: socket.localPort }
}
