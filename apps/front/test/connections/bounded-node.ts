import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Multiaddr } from '@multiformats/multiaddr'
import { noPointMetrics, type PointLimits } from '@rendezvous-cluster/point'
import { type RegistrationStore, RendezvousService } from '@rendezvous-cluster/rendezvous'
import { MemoryStore } from '@rendezvous-cluster/stores'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { onTestFinished } from 'vitest'
import { createComposedNode } from '../../src/composed/create-composed-node.ts'
import type { ConnectionLimits } from '../../src/connections/connection-limits.ts'
import { createLibp2pNode } from '../../src/create-libp2p-node.ts'
import type { PointNode, PointNodeInit } from '../../src/point-node.ts'

export interface BoundedNodeInit {
  limits?: Partial<ConnectionLimits>
  connectionsMax?: number
  /** What stands behind the port of the address listened on. Default: nothing, so TCP. */
  transport?: '' | '/ws'
  /** A steady clock in milliseconds. Default: that of the process. */
  now?: () => number
  store?: RegistrationStore
  /** Those that differ from a front node's. */
  pointLimits?: Partial<PointLimits>
}

/** A node of libp2p as a front node has it, with limits of the test. */
export interface BoundedNode {
  node: PointNode
  point: Multiaddr
  /** Reasons for which peers were rejected so far. */
  rejected: string[]
}

/** As `--engine` would have it: the tests of this folder run with each. */
export function createPointNode(init: PointNodeInit): Promise<PointNode> {
  return process.env.RENDEZVOUS_ENGINE === 'libp2p'
    ? createLibp2pNode(init)
    : createComposedNode(init)
}

/** Runs until the end of the test. */
export async function startBoundedNode({
  limits,
  connectionsMax = 100,
  transport = '',
  now,
  store = new MemoryStore(),
  pointLimits
}: BoundedNodeInit = {}): Promise<BoundedNode> {
  const rejected: string[] = []
  const node = await createPointNode({
    privateKey: await generateKeyPair('Ed25519'),
    listen: [`/ip4/127.0.0.1/tcp/0${transport}`],
    announce: [],
    connectionsMax,
    limits,
    accepting: new AbortController().signal,
    point: {
      service: new RendezvousService({ store }),
      dialects: [DIALECTS.waku],
      metrics: { ...noPointMetrics, rejected: (reason) => rejected.push(reason) },
      limits: pointLimits,
      now
    },
    registry: new Registry(),
    log: pino({ level: 'silent' }),
    version: '0.0.0'
  })

  await node.start()
  onTestFinished(async () => void (await node.stop()))

  return { node, point: node.getMultiaddrs()[0] as Multiaddr, rejected }
}
