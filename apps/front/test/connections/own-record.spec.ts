import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'
import { expect, it } from 'vitest'
import { startBoundedNode } from './bounded-node.ts'

it('a node’s own record is sealed once, with its addresses', async () => {
  const { node, point } = await startBoundedNode()

  const first = await node.peerStore.get(node.peerId)
  const second = await node.peerStore.get(node.peerId)

  expect(second.peerRecordEnvelope).toBe(first.peerRecordEnvelope)

  const envelope = await RecordEnvelope.openAndCertify(
    first.peerRecordEnvelope as Uint8Array,
    PeerRecord.DOMAIN
  )
  const record = PeerRecord.createFromProtobuf(envelope.payload)

  expect(record.peerId.equals(node.peerId)).toBe(true)
  expect(record.multiaddrs.map(String)).toEqual([String(point.decapsulate('/p2p'))])
})

it('a node tells what it serves now, whatever it told before', async () => {
  const { node } = await startBoundedNode()

  await node.peerStore.get(node.peerId)
  await node.handle('/served/later', () => {})

  await expect
    .poll(async () => (await node.peerStore.get(node.peerId)).protocols)
    .toContain('/served/later')
})
