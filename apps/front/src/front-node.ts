import { type AddressInfo, isIPv6 } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { AbortOptions } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { isPrivateIp } from '@rendezvous-cluster/point'
import {
  type ClusterDirectory,
  NODE_EXPIRY_MS,
  type NodeFigures,
  type RegistrationStore,
  RendezvousService,
  type RendezvousServiceComponents,
  type StoreStats,
  UnavailableError
} from '@rendezvous-cluster/rendezvous'
import {
  type ClusterOverview,
  type ClusterStatus,
  clusterOverview,
  createSidecar,
  FiguresWindow,
  LostNodes,
  type NodeStatus,
  OverviewHistory,
  PrometheusMetrics
} from '@rendezvous-cluster/sidecar'
import { MeasuredStore } from '@rendezvous-cluster/stores'
import { DIALECTS } from '@rendezvous-cluster/wire'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { createComposedNode } from './composed/create-composed-node.ts'
import { announcedAddresses } from './config/announced-addresses.ts'
import { pointLimits } from './config/limit-options.ts'
import type { Config } from './config/option-table.ts'
import { splitHostAndPort } from './config/value-schemas.ts'
import type { ConnectionLimits } from './connections/connection-limits.ts'
import { createLibp2pNode } from './create-libp2p-node.ts'
import { type OpenStore, openStore } from './create-store.ts'
import { drain } from './drain.ts'
import { connectionsWithinFileLimit, openFilesMax } from './file-limit.ts'
import { type Identity, loadIdentity } from './identity/load-identity.ts'
import { keepHouse } from './keep-house.ts'
import { Membership } from './membership.ts'
import { nativeSignatures } from './native-signatures.ts'
import { dialableAddresses, listeningAddresses, type PointNode } from './point-node.ts'
import { PolicyFile, type Reload } from './policy/policy-file.ts'
import { removeReadyFile, writeReadyFile } from './ready-file.ts'
import type { StopRepeating } from './repeat.ts'
import { ShownNamespaces } from './shown-namespaces.ts'
import { readTlsFiles, type TlsFiles } from './tls-files.ts'
import { VERSION } from './version.ts'
import { availableMemory, memoryLimits, memoryWarning } from './worst-case-memory.ts'

/** What a front node is made of. The settings are not checked again: take them from `loadConfig`. */
export interface FrontNodeInit {
  config: Config
  log: Logger
  /** Told of what makes it useless to go on; the node still runs then. Default: nothing. */
  onFatal?: (error: Error) => void
  /** Opens the store. Default: the one that the settings name. */
  openStore?: typeof openStore
}

/**
 * How a node lets its peers go: for a delay it is not ready but serves as ever, then it closes connections one
 * by one. Each may take 5 seconds more for answers on their way.
 */
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
  readonly #onFatal: (error: Error) => void
  readonly #openStore: typeof openStore
  readonly #startedAtMs = performance.now()
  readonly #metrics: PrometheusMetrics
  readonly #accepting = new AbortController()
  readonly #policyFile?: PolicyFile
  #store?: OpenStore
  #stopHousekeeping?: StopRepeating
  #node?: PointNode
  #sidecar?: FastifyInstance
  #sidecarUrl = ''
  #wroteReadyFile?: string
  #membership?: Membership
  #stats?: StoreStats
  #figures?: NodeFigures
  readonly #figuresWindow = new FiguresWindow()
  readonly #history = new OverviewHistory()
  readonly #lostNodes = new LostNodes()
  #isReady = false
  #isDraining = false

  constructor(init: FrontNodeInit) {
    this.#config = init.config
    this.#log = init.log
    this.#onFatal = init.onFatal ?? (() => {})
    this.#openStore = init.openStore ?? openStore
    this.#metrics = new PrometheusMetrics({
      version: VERSION,
      connections: () => this.#node?.services.connections.size ?? 0
    })

    const path = init.config['policy-file']

    if (path != null) {
      this.#policyFile = new PolicyFile({ path, onReload: (reload) => this.#tellReload(reload) })
    }
  }

  /**
   * Starts store, libp2p and sidecar, then writes the ready file.
   *
   * @throws ConfigError, IdentityError, PolicyError, TlsFilesError, StoreConfigurationError,
   * DuplicateNodeError, what listening failed with, or the signal's reason; nothing is left running then
   */
  async start({ signal }: AbortOptions = {}): Promise<void> {
    try {
      if (this.#config['ready-file'] != null) {
        await removeReadyFile(this.#config['ready-file'])
      }

      await this.#readPolicy()

      const identity = await loadIdentity(this.#config)
      const announce = announcedAddresses(
        this.#config.announce,
        peerIdFromPrivateKey(identity.privateKey)
      )
      const { store, directory } = await this.#startStore(signal)
      const membership = this.#createMembership(directory, identity)

      this.#membership = membership

      // Nobody else can have an id that is new.
      if (!identity.isRandom) {
        await membership.claim({ signal })
      }

      signal?.throwIfAborted()
      await this.#startLibp2p(this.#createService(store), identity, announce)
      await this.#startSidecar(store)
      await membership.join(this.status().multiaddrs)
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
    await this.#membership?.drain()

    if (this.#node != null) {
      await delay(delayMs)
      this.#accepting.abort()
      await drain(this.#node, drainMs)
    }

    await this.#stopAll()
  }

  /**
   * Reads the policy file again and goes by it, or by the earlier one if anything is wrong with it.
   * Tells what has become of it, and never rejects.
   */
  async reloadPolicy(): Promise<void> {
    if (this.#policyFile == null) {
      this.#log.info('there is no policy to read again: --policy-file names none')
    }

    await this.#policyFile?.reload()
  }

  /** As `/api/v1/node` shows it. Peer id and addresses are empty until `start` has started libp2p. */
  status(): NodeStatus {
    const node = this.#node
    const store = this.#store

    return {
      peerId: node?.peerId.toString() ?? '',
      multiaddrs: node == null ? [] : dialableAddresses(node),
      listening: node == null ? [] : listeningAddresses(node),
      sidecar: this.#sidecarUrl,
      version: VERSION,
      protocols: this.#config.protocols,
      uptimeSeconds: Math.floor((performance.now() - this.#startedAtMs) / 1000),
      connections: node?.services.connections.size ?? 0,
      draining: this.#isDraining,
      store: { kind: store?.kind ?? '', up: store?.isUp() ?? false }
    }
  }

  async #readPolicy(): Promise<void> {
    if (this.#policyFile != null) {
      await this.#policyFile.open()
      this.#metrics.policyRead(Date.now())
    }
  }

  #tellReload(reload: Reload): void {
    if ('error' in reload) {
      this.#metrics.policyReload('refused', Date.now())
      this.#log.error(`policy file refused, the earlier policy stays:\n${reload.error.message}`)
    } else {
      this.#metrics.policyReload('applied', Date.now())
      this.#log.info({ rules: reload.policy.size }, 'policy file read again, and applied')
    }
  }

  async #startStore(
    signal?: AbortSignal
  ): Promise<{ store: MeasuredStore; directory: ClusterDirectory }> {
    const opened = await this.#openStore(this.#config, this.#metrics, this.#log, { signal })
    const store = new MeasuredStore(opened.store, this.#metrics)

    this.#store = opened
    this.#stopHousekeeping = keepHouse(store, (stats) => this.#onStats(stats), this.#log)

    return { store, directory: opened.directory }
  }

  #onStats(stats: StoreStats): void {
    this.#stats = stats
    this.#metrics.cluster(stats)
  }

  #createMembership(directory: ClusterDirectory, { privateKey }: Identity): Membership {
    return new Membership({
      directory,
      privateKey,
      version: VERSION,
      figures: () => this.#takeFigures(),
      onNodes: (nodes) => this.#metrics.clusterNodes(nodes.length),
      onWait: ({ host, instance }) =>
        this.#log.warn(
          { host, instance },
          `this peer id is held by another instance: waiting up to ${NODE_EXPIRY_MS / 1000} s for it to go`
        ),
      onDuplicate: this.#onFatal,
      onError: (error) => this.#log.debug({ err: error }, 'membership failed')
    })
  }

  /** Called with each announcement, also while the store is away. */
  async #takeFigures(): Promise<NodeFigures> {
    this.#figures = this.#figuresWindow.add(await this.#metrics.totals(), performance.now())
    this.#history.add(this.#overview())

    return this.#figures
  }

  #createService(store: RegistrationStore): RendezvousServiceComponents {
    const config = this.#config
    const policyFile = this.#policyFile

    return {
      store,
      metrics: this.#metrics,
      caps: {
        perPeer: config['max-registrations-per-peer'],
        perNamespace: config['max-registrations-per-namespace'],
        // Zero stands for no cap.
        perPrefix: config['max-registrations-per-prefix'] || undefined,
        namespaces: config['max-namespaces']
      },
      policyOf: policyFile && ((namespace) => policyFile.of(namespace)),
      isLimitedIp: (ip) => config['limit-private-sources'] || !isPrivateIp(ip),
      discoverAll: config['discover-all'],
      clusterNodes: () => this.#membership?.registrations ?? [],
      onError: (error) =>
        // That a store is away is told once, not for each request.
        error instanceof UnavailableError
          ? this.#log.debug({ err: error }, 'request failed')
          : this.#log.error({ err: error }, 'request failed')
    }
  }

  async #startLibp2p(
    components: RendezvousServiceComponents,
    identity: Identity,
    announce: readonly string[]
  ): Promise<void> {
    const config = this.#config
    const log = this.#log
    const { privateKey, isRandom } = identity
    const { verify, secp256k1 } = await nativeSignatures()
    const connectionsMax = connectionsWithinFileLimit(config['max-connections'], openFilesMax())

    this.#metrics.connectionsMax(connectionsMax)

    const service = new RendezvousService({ ...components, verifySignature: verify })
    const createNode = config.engine === 'composed' ? createComposedNode : createLibp2pNode
    const node = await createNode({
      privateKey,
      listen: config.listen,
      announce,
      tls: this.#readTlsFiles(),
      connectionsMax,
      limits: connectionLimits(config),
      accepting: this.#accepting.signal,
      point: {
        service,
        dialects: config.protocols.map((name) => DIALECTS[name]),
        limits: pointLimits(config),
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

    const warning = memoryWarning(memoryLimits(config, connectionsMax), availableMemory())

    if (warning != null) {
      log.warn(warning)
    }
  }

  #readTlsFiles(): TlsFiles | undefined {
    const { 'tls-cert-file': certFile, 'tls-key-file': keyFile } = this.#config

    if (certFile == null || keyFile == null) {
      return undefined
    }

    const files = readTlsFiles(certFile, keyFile)

    if (files.expiresAt.getTime() < Date.now()) {
      this.#log.warn(
        `the certificate of --tls-cert-file expired on ${files.expiresAt.toISOString()}: ` +
          'peers refuse it; renew it and start again'
      )
    }

    return files
  }

  async #startSidecar(store: RegistrationStore): Promise<void> {
    const shown = new ShownNamespaces({
      names: this.#config['show-namespaces'],
      list: (options) => store.namespaces(options)
    })
    const { host, port: wanted } = splitHostAndPort(this.#config.sidecar)
    const server = createSidecar({
      metrics: this.#metrics,
      node: () => this.status(),
      cluster: () => this.#clusterStatus(),
      status: () => ({ ...this.#overview(), history: this.#history.moments }),
      namespaces: () => shown.read(),
      isReady: () => this.#isReady && !this.#isStoreAwayForTooLong()
    })

    this.#sidecar = server
    await server.listen({ host, port: wanted })

    const { port } = server.server.address() as AddressInfo

    this.#sidecarUrl = `http://${isIPv6(host) ? `[${host}]` : host}:${port}`
  }

  #overview(): ClusterOverview {
    const { store } = this.status()

    return clusterOverview({
      nodes: this.#lostNodes.withLost(this.#membership?.nodes ?? [], performance.now()),
      instance: this.#membership?.instance,
      figures: this.#figures,
      stats: this.#stats,
      store,
      nowMs: Date.now()
    })
  }

  #clusterStatus(): ClusterStatus {
    const listed = new Set(this.#membership?.nodes.map(({ peerId }) => peerId))

    return {
      nodes: this.#overview()
        .nodes.filter(({ peerId }) => listed.has(peerId))
        .map(({ peerId, multiaddrs, version, draining, uptimeSeconds, self }) => ({
          peerId,
          multiaddrs,
          version,
          draining,
          uptimeSeconds,
          self
        }))
    }
  }

  #isStoreAwayForTooLong(): boolean {
    const limitSeconds = this.#config['unready-after']
    const downForMs = this.#store?.downForMs() ?? 0

    return limitSeconds != null && downForMs > limitSeconds * 1000
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
      () => this.#membership?.leave(),
      () => this.#node?.stop(),
      () => this.#stopHousekeeping?.(),
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

function connectionLimits(config: Config): Partial<ConnectionLimits> {
  return {
    perIp: config['max-connections-per-ip'],
    newPerIpAndSecond: config['new-connections-per-ip'],
    newPerIpBurst: config['new-connections-per-ip-burst'],
    pending: config['max-pending-handshakes'],
    idleMs: config['idle-connection-seconds'] * 1000,
    limitsPrivateSources: config['limit-private-sources']
  }
}
