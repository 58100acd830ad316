import { type AddressInfo, isIPv6 } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { AbortOptions, Libp2p } from '@libp2p/interface'
import { RendezvousService, UnavailableError } from '@rendezvous-cluster/rendezvous'
import { createSidecar, type NodeStatus, PrometheusMetrics } from '@rendezvous-cluster/sidecar'
import { MeasuredStore } from '@rendezvous-cluster/stores'
import { DIALECTS } from '@rendezvous-cluster/wire'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Config } from './config/option-table.ts'
import { createLibp2pNode, dialableAddresses, type FrontServices } from './create-libp2p-node.ts'
import { type OpenStore, openStore } from './create-store.ts'
import { drain } from './drain.ts'
import { connectionsWithinFileLimit, openFilesMax } from './file-limit.ts'
import { loadIdentity } from './identity/load-identity.ts'
import { nativeSignatures } from './native-signatures.ts'
import { removeReadyFile, writeReadyFile } from './ready-file.ts'
import { repeat, type StopRepeating } from './repeat.ts'
import { VERSION } from './version.ts'

/** How often expired registrations are swept up, in milliseconds; nodes spread by chance. */
const SWEEP_INTERVAL_MS = 5000

/** How often figures of the whole cluster are read, in milliseconds. */
const CLUSTER_FIGURES_INTERVAL_MS = 10_000

export interface StopOptions {
  /** Milliseconds between "not ready" and the end of listening. */
  delayMs: number
  /** Milliseconds over which connections are closed. */
  drainMs: number
}

/** One front node: put together from its settings, started and stopped in order. */
export class FrontNode {
  readonly #config: Config
  readonly #log: Logger
  readonly #startedAtMs = performance.now()
  readonly #metrics: PrometheusMetrics
  readonly #repetitions: StopRepeating[] = []
  readonly #accepting = new AbortController()
  #store?: OpenStore
  #node?: Libp2p<FrontServices>
  #sidecar?: FastifyInstance
  #sidecarUrl = ''
  #wroteReadyFile?: string
  #isReady = false
  #isDraining = false

  constructor(config: Config, log: Logger) {
    this.#config = config
    this.#log = log
    this.#metrics = new PrometheusMetrics({
      version: VERSION,
      connections: () => this.#node?.getConnections().length ?? 0
    })
  }

  /**
   * Starts store, libp2p and sidecar, then writes the ready file.
   *
   * @throws IdentityError, StoreConfigurationError, what listening failed with, or the signal's
   * reason; nothing is left running then
   */
  async start({ signal }: AbortOptions = {}): Promise<void> {
    try {
      if (this.#config['ready-file'] != null) {
        await removeReadyFile(this.#config['ready-file'])
      }

      const store = await this.#startStore(signal)

      signal?.throwIfAborted()
      await this.#startLibp2p(store)
      await this.#startSidecar()
      signal?.throwIfAborted()
      this.#isReady = true
      await this.#tellWhere()
    } catch (error) {
      await this.#stopAll()

      throw error
    }
  }

  /** Drains, then stops what was started. Never rejects. */
  async stop({ delayMs, drainMs }: StopOptions): Promise<void> {
    this.#isDraining = true
    this.#isReady = false

    if (this.#node != null) {
      await delay(delayMs)
      this.#accepting.abort()
      await drain(this.#node, drainMs)
    }

    await this.#stopAll()
  }

  status(): NodeStatus {
    const node = this.#node
    const store = this.#store

    return {
      peerId: node?.peerId.toString() ?? '',
      multiaddrs: node == null ? [] : dialableAddresses(node),
      sidecar: this.#sidecarUrl,
      version: VERSION,
      protocols: this.#config.protocols,
      uptimeSeconds: Math.floor((performance.now() - this.#startedAtMs) / 1000),
      connections: node?.getConnections().length ?? 0,
      draining: this.#isDraining,
      store: { kind: store?.kind ?? '', up: store?.isUp() ?? false }
    }
  }

  async #startStore(signal?: AbortSignal): Promise<MeasuredStore> {
    const opened = await openStore(this.#config.store, this.#metrics, this.#log, { signal })
    const store = new MeasuredStore(opened.store, this.#metrics)

    this.#store = opened
    this.#repetitions.push(
      repeat(
        async (signal) => {
          while ((await store.sweep({ signal })).hasMore) {
            // Each call removes a bounded number.
          }
        },
        () => SWEEP_INTERVAL_MS * (0.5 + Math.random()),
        (error) => this.#log.debug({ err: error }, 'sweep failed')
      ),
      repeat(
        async (signal) => this.#metrics.cluster(await store.stats({ signal })),
        () => CLUSTER_FIGURES_INTERVAL_MS,
        (error) => this.#log.debug({ err: error }, 'cluster figures failed')
      )
    )

    return store
  }

  async #startLibp2p(store: MeasuredStore): Promise<void> {
    const config = this.#config
    const log = this.#log
    const { privateKey, isRandom } = await loadIdentity(config)
    const { verify, secp256k1 } = await nativeSignatures()
    const connectionsMax = connectionsWithinFileLimit(config['max-connections'], openFilesMax())
    const service = new RendezvousService({
      store,
      verifySignature: verify,
      metrics: this.#metrics,
      onError: (error) =>
        // That a store is away is told once, not for each request.
        error instanceof UnavailableError
          ? log.debug({ err: error }, 'request failed')
          : log.error({ err: error }, 'request failed')
    })
    const node = await createLibp2pNode({
      privateKey,
      listen: config.listen,
      announce: config.announce,
      connectionsMax,
      accepting: this.#accepting.signal,
      point: {
        service,
        dialects: config.protocols.map((name) => DIALECTS[name]),
        limits: { requestDeadlineMs: config['request-deadline'] * 1000 },
        metrics: this.#metrics
      },
      registry: this.#metrics.registry,
      log,
      version: VERSION
    })

    this.#node = node
    await node.start()
    log.debug({ secp256k1 }, 'signatures')

    if (isRandom) {
      log.warn('this peer id is new at each start: keep one with --key-file <path>')
    }

    if (connectionsMax < config['max-connections']) {
      log.warn(`at most ${connectionsMax} connections, by the limit of open files: raise ulimit -n`)
    }
  }

  async #startSidecar(): Promise<void> {
    const { sidecar: address } = this.#config
    const colon = address.lastIndexOf(':')
    const host = address.slice(0, colon).replace(/^\[|\]$/g, '')
    const server = createSidecar({
      metrics: this.#metrics,
      node: () => this.status(),
      isReady: () => this.#isReady
    })

    this.#sidecar = server
    await server.listen({ host, port: Number(address.slice(colon + 1)) })

    const { port } = server.server.address() as AddressInfo

    this.#sidecarUrl = `http://${isIPv6(host) ? `[${host}]` : host}:${port}`
  }

  async #tellWhere(): Promise<void> {
    const { peerId, multiaddrs, sidecar, store, protocols } = this.status()
    const readyFile = this.#config['ready-file']

    if (readyFile != null) {
      await writeReadyFile(readyFile, { peerId, multiaddrs, sidecar })
      this.#wroteReadyFile = readyFile
    }

    for (const address of multiaddrs) {
      this.#log.info(`reachable at ${address}`)
    }

    this.#log.info({ peerId, protocols, store: store.kind }, `serving; sidecar at ${sidecar}`)
  }

  /** libp2p, store, sidecar: metrics and health are told to the end. */
  async #stopAll(): Promise<void> {
    const steps = [
      () => this.#wroteReadyFile && removeReadyFile(this.#wroteReadyFile),
      () => this.#node?.stop(),
      ...this.#repetitions,
      () => this.#store?.store.close(),
      () => this.#sidecar?.close()
    ]

    for (const step of steps) {
      try {
        await step()
      } catch (error) {
        this.#log.error({ err: error }, 'could not stop in order')
      }
    }
  }
}
