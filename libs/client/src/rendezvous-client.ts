import {
  type Connection,
  InvalidParametersError,
  type Logger,
  NotStartedError,
  type PeerDiscovery,
  type PeerUpdate,
  peerDiscoverySymbol,
  type Startable,
  serviceCapabilities
} from '@libp2p/interface'
import { repeatingTask } from '@libp2p/utils'
import { Namespace } from '@rendezvous-cluster/rendezvous'
import { CLIENT_DIALECTS, type ClientDialect, type DialectName } from '@rendezvous-cluster/wire'
import { TypedEventEmitter } from 'main-event'
import { raceSignal } from 'race-signal'
import { type DiscoverOptions, discoverPeers } from './discover-peers.ts'
import type { DiscoveredPeer } from './discovered-peers.ts'
import { FoundPeers } from './found-peers.ts'
import { type KeptRegistration, KeptRegistrations } from './kept-registrations.ts'
import { NamespaceReader, type PageReader } from './namespace-reader.ts'
import { OwnRecord } from './own-record.ts'
import { parsePoints } from './points/parse-points.ts'
import type { PointStatus } from './points/point.ts'
import { Points } from './points/points.ts'
import { readAtAll } from './read-at-all.ts'
import type {
  NamespaceInput,
  RegisterOptions,
  RegistrationOptions,
  RegistrationStatus,
  Rendezvous,
  RendezvousClientComponents,
  RendezvousClientInit,
  RendezvousEvents
} from './rendezvous.ts'
import { TIMER_MS_MAX, wait } from './wait.ts'
import { type WatchOptions, watchPeers } from './watch-peers.ts'

const DIALECTS_DEFAULT: readonly DialectName[] = ['libp2p', 'waku', 'waku1']
const TIMEOUT_MS_DEFAULT = 5000

/** How often it is looked whether points have to be asked for their clusters, or have been lost. */
const POINTS_CHECK_MS = 5000

/** How long stopping waits until points have been told, in milliseconds. */
const FAREWELL_MS = 2000

/** How long it takes until a namespace is watched again after a refusal, in milliseconds. */
const REFUSED_MS = 60_000

/**
 * A libp2p service that finds peers by namespace at rendezvous points, and lets them find this one.
 *
 * @throws InvalidParametersError, once libp2p is created, for points, dialects, a fanout or a timeout that are
 * none
 * @see https://github.com/libp2p/specs/blob/master/rendezvous/README.md
 */
export function rendezvousClient(
  init: RendezvousClientInit
): (components: RendezvousClientComponents) => Rendezvous & PeerDiscovery & Startable {
  return (components) => new RendezvousClient(components, init)
}

class RendezvousClient
  extends TypedEventEmitter<RendezvousEvents>
  implements Rendezvous, PeerDiscovery, Startable
{
  readonly [peerDiscoverySymbol] = this
  readonly [Symbol.toStringTag] = '@rendezvous-cluster/client'
  readonly [serviceCapabilities]: string[] = ['@libp2p/peer-discovery']

  readonly #components: RendezvousClientComponents
  readonly #init: RendezvousClientInit
  readonly #log: Logger
  readonly #points: Points
  readonly #registrations: KeptRegistrations
  /** Calls of `register` that wait for what nothing else keeps. */
  readonly #waiting = new WeakMap<KeptRegistration, number>()
  readonly #foundPeers: FoundPeers
  readonly #checking = repeatingTask(() => {
    this.#points.learnAgain()
    this.#points.tellLost()
  }, POINTS_CHECK_MS)
  #running?: AbortController
  /** Aborted, and made anew, when a point was lost: whoever watches asks another at once. */
  #pointLost = new AbortController()

  constructor(components: RendezvousClientComponents, init: RendezvousClientInit) {
    super()

    const { addressManager, connectionManager, peerStore, privateKey } = components
    const { timeoutMs = TIMEOUT_MS_DEFAULT } = init
    const log = components.logger.forComponent('libp2p:rendezvous')

    checkWholeNumber('timeoutMs', timeoutMs, TIMER_MS_MAX)
    this.#components = components
    this.#init = init
    this.#log = log
    this.#points = new Points({
      configured: parsePoints(init.points),
      order: init.pointOrder,
      connector: {
        connectionManager,
        dialects: (init.dialects ?? DIALECTS_DEFAULT).map(toDialect),
        verifySignature: init.verifySignature
      },
      fanout: init.fanout ?? 1,
      learnCluster: init.learnCluster ?? true,
      timeoutMs,
      onLost: () => this.#onPointLost(),
      log,
      now: Date.now,
      random: Math.random
    })
    this.#registrations = new KeptRegistrations({
      slots: this.#points.slots,
      record: new OwnRecord({
        privateKey,
        addresses: init.addresses ?? (() => addressManager.getAddresses())
      }),
      onChange: (detail) => this.safeDispatchEvent('registration:change', { detail }),
      now: Date.now,
      random: Math.random,
      wait
    })
    this.#foundPeers = new FoundPeers({
      ...init,
      peerStore,
      log,
      onPeer: (detail) => this.safeDispatchEvent('peer', { detail })
    })
  }

  get registrations(): RegistrationStatus[] {
    return this.#registrations.statuses
  }

  get points(): PointStatus[] {
    return this.#points.statuses
  }

  start(): void {
    const { events } = this.#components

    this.#running = new AbortController()
    events.addEventListener('connection:close', this.#onConnectionClose)
    events.addEventListener('self:peer:update', this.#onSelfUpdate)
    this.#checking.start()
  }

  /** Only now: what needs the network must not count on services that have not started. */
  afterStart(): void {
    const { register = [], discover = [] } = this.#init

    for (const namespace of register) {
      this.keepRegistered(namespace)
    }

    for (const namespace of discover) {
      void this.#tellPeersOf(namespace)
    }
  }

  /** Unregisters while the network is still there. */
  async beforeStop(): Promise<void> {
    const { events } = this.#components
    const { unregisterOnStop = true } = this.#init

    events.removeEventListener('connection:close', this.#onConnectionClose)
    events.removeEventListener('self:peer:update', this.#onSelfUpdate)
    this.#checking.stop()

    if (unregisterOnStop) {
      await this.#registrations
        .endAll({ signal: AbortSignal.timeout(FAREWELL_MS) })
        .catch((error: unknown) => this.#log('could not unregister - %e', error))
    } else {
      await this.#registrations.stopAll()
    }

    this.#running?.abort(new NotStartedError('the node has stopped'))
    this.#running = undefined
  }

  stop(): void {}

  async register(namespace: NamespaceInput, options: RegisterOptions = {}): Promise<void> {
    const signal = this.#whileRunning(options.signal)

    signal.throwIfAborted()

    const parsed = toNamespace(namespace)
    const isNew = this.#registrations.get(parsed) == null
    const kept = this.#registrations.keep(parsed, this.#withDefaults(options))

    if (isNew || this.#waiting.has(kept)) {
      this.#waiting.set(kept, (this.#waiting.get(kept) ?? 0) + 1)
    }

    try {
      await raceSignal(Promise.any(kept.map((keeper) => keeper.granted)), signal)
      this.#waiting.delete(kept)
    } catch (error) {
      this.#waitsNoMore(parsed, kept)

      throw error instanceof AggregateError ? error.errors[0] : error
    }
  }

  /** What nobody else waits for, or keeps, is of no use any more. */
  #waitsNoMore(namespace: Namespace, kept: KeptRegistration): void {
    const count = this.#waiting.get(kept)

    // Unregistered, and perhaps registered anew: that is another one's.
    if (count == null || this.#registrations.get(namespace) !== kept) {
      return
    }

    if (count === 1) {
      this.#waiting.delete(kept)
      void this.#giveUp(namespace)
    } else {
      this.#waiting.set(kept, count - 1)
    }
  }

  /** In the background: whoever asked for it has gone. */
  async #giveUp(namespace: Namespace): Promise<void> {
    try {
      const signal = this.#whileRunning(AbortSignal.timeout(FAREWELL_MS))

      await this.#registrations.end(namespace, { signal })
    } catch (error) {
      this.#log('could not unregister - %e', error)
    }
  }

  keepRegistered(namespace: NamespaceInput, options: RegistrationOptions = {}): void {
    this.#whileRunning()

    const kept = this.#registrations.keep(toNamespace(namespace), this.#withDefaults(options))

    this.#waiting.delete(kept)
  }

  async unregister(namespace: NamespaceInput, { signal }: RegisterOptions = {}): Promise<void> {
    const running = this.#whileRunning(signal)

    await this.#registrations.end(toNamespace(namespace), { signal: running })
  }

  discover(
    namespace: NamespaceInput,
    options: DiscoverOptions = {}
  ): AsyncGenerator<DiscoveredPeer, void> {
    const signal = this.#whileRunning(options.signal)

    checkWholeNumber('limit', options.limit)

    return this.#told(discoverPeers(this.#read(namespace, options), { ...options, signal }))
  }

  watch(
    namespace: NamespaceInput,
    options: WatchOptions = {}
  ): AsyncGenerator<DiscoveredPeer, void> {
    const signal = this.#whileRunning(options.signal)
    const intervalMs = options.intervalMs ?? this.#init.watchIntervalMs
    const init = {
      reader: this.#read(namespace, options),
      now: Date.now,
      random: Math.random,
      wait,
      woken: () => this.#pointLost.signal
    }

    return this.#told(watchPeers(init, { ...options, signal, intervalMs }))
  }

  #withDefaults(options: RegistrationOptions): RegistrationOptions {
    const { ttlSeconds = this.#init.ttlSeconds, requireTtl } = options

    checkWholeNumber('ttlSeconds', ttlSeconds)

    return { ttlSeconds, requireTtl }
  }

  #read(
    namespace: NamespaceInput,
    { includeSelf = false }: Pick<DiscoverOptions, 'includeSelf'>
  ): PageReader {
    const { verifySignature } = this.#init
    const shared = {
      namespace: toNamespace(namespace),
      ownPeerId: includeSelf ? undefined : this.#components.peerId.toString(),
      verifySignature,
      random: Math.random
    }

    return readAtAll(this.#points.slots.map((sticky) => new NamespaceReader({ ...shared, sticky })))
  }

  /** Whoever is found is known to libp2p before the application hears of it. */
  async *#told(peers: AsyncIterable<DiscoveredPeer>): AsyncGenerator<DiscoveredPeer, void> {
    for await (const peer of peers) {
      if (!peer.peerId.equals(this.#components.peerId)) {
        await this.#foundPeers.add(peer)
      }

      yield peer
    }
  }

  /** In the background, for `peer` events alone. */
  async #tellPeersOf(namespace: NamespaceInput): Promise<void> {
    const signal = this.#whileRunning()

    while (!signal.aborted) {
      try {
        for await (const { peerId } of this.watch(namespace, { signal })) {
          this.#log.trace('found %p', peerId)
        }
      } catch (error) {
        if (!signal.aborted) {
          this.#log.error('a namespace is not watched for now - %e', error)
          await wait(REFUSED_MS, signal)
        }
      }
    }
  }

  /** @throws NotStartedError */
  #whileRunning(signal?: AbortSignal): AbortSignal {
    if (this.#running == null) {
      throw new NotStartedError('start libp2p first')
    }

    const running = this.#running.signal

    return signal == null ? running : AbortSignal.any([signal, running])
  }

  readonly #onConnectionClose = ({ detail }: CustomEvent<Connection>): void => {
    this.#points.onConnectionClose(detail)
  }

  /** Peers are told the new addresses at once, not only with the next refresh. */
  readonly #onSelfUpdate = ({ detail: { peer, previous } }: CustomEvent<PeerUpdate>): void => {
    const [now, before] = [peer, previous].map((each) =>
      String(each?.addresses.map(({ multiaddr }) => multiaddr.toString()).sort())
    )

    if (now !== before) {
      this.#registrations.refreshSoon()
    }
  }

  #onPointLost(): void {
    this.#registrations.refreshSoon()
    this.#pointLost.abort()
    this.#pointLost = new AbortController()
  }
}

function toNamespace(input: NamespaceInput): Namespace {
  return typeof input === 'string' ? Namespace.fromText(input) : Namespace.parse(input)
}

function toDialect(name: DialectName): ClientDialect {
  if (!Object.hasOwn(CLIENT_DIALECTS, name)) {
    const names = Object.keys(CLIENT_DIALECTS).join(', ')

    throw new InvalidParametersError(`dialects: ${JSON.stringify(name)} is none of ${names}`)
  }

  return CLIENT_DIALECTS[name]
}

/** @throws InvalidParametersError for what neither points nor timers take */
function checkWholeNumber(
  name: string,
  value: number | undefined,
  max = Number.MAX_SAFE_INTEGER
): void {
  if (value != null && !(Number.isSafeInteger(value) && value > 0 && value <= max)) {
    const bounds = max < Number.MAX_SAFE_INTEGER ? `from 1 to ${max}` : 'above 0'

    throw new InvalidParametersError(`${name}: give a whole number ${bounds}, not ${value}`)
  }
}
