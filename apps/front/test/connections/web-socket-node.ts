import { type EventEmitter, once } from 'node:events'
import type { Server, Socket } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Listener } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { noPointMetrics } from '@rendezvous-cluster/point'
import { RendezvousService } from '@rendezvous-cluster/rendezvous'
import { MemoryStore } from '@rendezvous-cluster/stores'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import {
  type Certificate,
  generateCertificate
} from '../../../../test/support/create-certificate.ts'
import { connectTestClient, type TestClient } from '../../../../test/support/test-client.ts'
import type { ConnectionLimits } from '../../src/connections/connection-limits.ts'
import type { PointNode } from '../../src/point-node.ts'
import { createPointNode } from './bounded-node.ts'

/** Longer than a test: a limit that is not the one in question. */
export const NEVER_MS = 600_000

/** One for each test of a file, to be started; stopped after it. */
export function useWebSocketNode(): () => WebSocketNode {
  const defaultAuthorities = getCACertificates('default')
  let certificate: Certificate
  let webSockets: WebSocketNode

  beforeAll(async () => {
    certificate = await generateCertificate()
    setDefaultCACertificates([...defaultAuthorities, certificate.cert])
  })

  afterAll(() => setDefaultCACertificates(defaultAuthorities))

  beforeEach(() => {
    webSockets = new WebSocketNode(certificate)
  })

  afterEach(() => webSockets.stop())

  return () => webSockets
}

/** A node that takes WebSockets, and its clients. */
export class WebSocketNode {
  readonly rejected: string[] = []
  readonly #certificate: Certificate
  readonly #clients: TestClient[] = []
  #node?: PointNode

  constructor(certificate: Certificate) {
    this.#certificate = certificate
  }

  /** Once it has started. */
  get node(): PointNode {
    return this.#node as PointNode
  }

  /** @returns where it listens */
  async start(
    limits: Partial<ConnectionLimits> = {},
    { transport = '/ws', signal = new AbortController().signal } = {}
  ): Promise<Multiaddr> {
    const node = await createPointNode({
      privateKey: await generateKeyPair('Ed25519'),
      listen: [`/ip4/127.0.0.1/tcp/0${transport}`],
      announce: [],
      tls: this.#certificate,
      connectionsMax: 10,
      limits: { handshakeMs: NEVER_MS, ...limits },
      accepting: signal,
      point: {
        service: new RendezvousService({ store: new MemoryStore() }),
        dialects: [DIALECTS.waku],
        metrics: { ...noPointMetrics, rejected: (reason) => this.rejected.push(reason) }
      },
      registry: new Registry(),
      log: pino({ level: 'silent' }),
      version: '0.0.0'
    })

    this.#node = node
    await node.start()

    return node.getMultiaddrs()[0] as Multiaddr
  }

  async connectClient(point: Multiaddr): Promise<TestClient> {
    const client = await connectTestClient(point)

    this.#clients.push(client)

    return client
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.stop()))
    await this.#node?.stop()
  }
}

/** Resolves once the other side has ended it. */
export async function ended(socket: Socket): Promise<void> {
  socket.resume()
  await once(socket, 'close')
}

type OpenListeners = [Listener & { server: Server; http?: EventEmitter; https?: EventEmitter }]

/** Wherever the engine keeps them. */
export function listenersOf(node: PointNode): OpenListeners {
  const { components, services } = node as unknown as {
    components?: { transportManager: { getListeners(): OpenListeners } }
    services: { listeners: { open: OpenListeners } }
  }

  return components?.transportManager.getListeners() ?? services.listeners.open
}
