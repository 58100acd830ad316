import {
  type AbortOptions,
  type ComponentLogger,
  InvalidParametersError,
  type Libp2pEvents,
  type Logger,
  NotStartedError,
  type PeerId,
  type Startable
} from '@libp2p/interface'
import type { AddressManager, ConnectionManager } from '@libp2p/interface-internal'
import { repeatingTask } from '@libp2p/utils'
import type { TypedEventTarget } from 'main-event'
import { equals as uint8ArrayEquals } from 'uint8arrays/equals'
import type { NamespaceInput, RegistrationStatus, Rendezvous } from '../rendezvous.ts'
import { PoliteDialer } from './polite-dialer.ts'
import { TopicSearch } from './topic-search.ts'

/** How often topics are looked at, in milliseconds: gossipsub tells nobody of own subscriptions. */
const TICK_MS = 1000

/** The mesh size that gossipsub aims at.
 *  @see https://github.com/libp2p/specs/blob/master/pubsub/gossipsub/gossipsub-v1.0.md#parameters */
const MIN_PEERS_DEFAULT = 6

/** Short, since a peer that is found should be there; points may give more. In seconds. */
const TTL_SECONDS_DEFAULT = 120

/** How often `ready` looks, besides when somebody subscribes, in milliseconds. */
const READY_POLL_MS = 100

/** What is used of a pubsub service such as `@libp2p/gossipsub`. */
export interface PubSubWithTopics {
  /** What this peer itself has subscribed to: asked each second, since no event tells of it. */
  getTopics(): string[]
  /** Connected peers that have told of a subscription to a topic. May throw while it is stopped. */
  getSubscribers(topic: string): PeerId[]
  /** Of a router that tells: those it has a stream to, by their peer ids as text. */
  streamsOutbound?: ReadonlyMap<string, unknown>
  /** Has a listener told when another peer has subscribed to topics, or to them no more. */
  addEventListener(type: 'subscription-change', listener: () => void): void
  /** Ends what `addEventListener` began, of the same listener. */
  removeEventListener(type: 'subscription-change', listener: () => void): void
}

/** How topics become namespaces, and how many of a topic's peers are enough. All of it has defaults. */
export interface PubSubRendezvousInit {
  /**
   * What a topic is registered under; several may share a namespace. Default `floodsub:<topic>`, as Go's
   * pubsub has it, for whatever router. While it throws for a topic, nobody is looked for there.
   *
   * @see https://github.com/libp2p/go-libp2p-pubsub/blob/master/discovery.go
   */
  namespace?: (topic: string) => NamespaceInput
  /** Below so many peers of a topic more are looked for. Default 6. */
  minPeers?: number
  /** Lifetime of registrations, in whole seconds. Default 120; else what the point gives. */
  ttlSeconds?: number
  /** Name of the pubsub service. Default `pubsub`. */
  pubsub?: string
  /** Name of the service made by `rendezvousClient`. Default `rendezvous`. */
  rendezvous?: string
}

/**
 * What the service takes from libp2p. The pubsub and the rendezvous service are taken as well, by the names
 * in `PubSubRendezvousInit`, once libp2p has started.
 */
export interface PubSubRendezvousComponents {
  addressManager: AddressManager
  connectionManager: ConnectionManager
  events: TypedEventTarget<Libp2pEvents>
  logger: ComponentLogger
}

/** What ends the wait of `ready`: so many peers, or an aborted signal. Without a signal it has no end. */
export interface ReadyOptions extends AbortOptions {
  /** How many peers have to be there that can be sent to. Default 1. */
  peers?: number
}

/** How the search for a topic's peers stands. */
export interface TopicStatus {
  topic: string
  /** Connected peers that have subscribed to it. */
  peers: number
  /** Whether these are as many as wanted. */
  isSatisfied: boolean
  /** How this peer's own registration stands, at each point in use. */
  registrations: RegistrationStatus[]
  /** What the last search failed with. */
  lastError?: Error
}

/** Connects the peers of a topic with each other. */
export interface PubSubRendezvous {
  /**
   * Waits until so many connected peers have subscribed to a topic and can be sent to.
   *
   * @throws NotStartedError when libp2p is stopped, or the signal's reason once it is aborted
   */
  ready(topic: string, options?: ReadyOptions): Promise<void>

  /** Of all topics that are subscribed to. */
  readonly topics: readonly TopicStatus[]
}

/**
 * A libp2p service that does for gossipsub what discovery does in Go: whoever subscribes to a topic
 * is registered under it and connected to others who are.
 *
 * @throws InvalidParametersError, once libp2p starts, where a service is not there
 */
export function pubsubRendezvous(
  init: PubSubRendezvousInit = {}
): (components: PubSubRendezvousComponents) => PubSubRendezvous & Startable {
  return (components) => new PubSubRendezvousService(components, init)
}

interface Topic {
  namespace: NamespaceInput
  search: TopicSearch
}

class PubSubRendezvousService implements PubSubRendezvous, Startable {
  readonly [Symbol.toStringTag] = '@rendezvous-cluster/client/pubsub'
  readonly #components: PubSubRendezvousComponents
  readonly #init: PubSubRendezvousInit
  readonly #log: Logger
  readonly #dialer: PoliteDialer
  readonly #topics = new Map<string, Topic>()
  /** Topics without a namespace that were told of. */
  readonly #unmapped = new Set<string>()
  readonly #ticking = repeatingTask(() => this.#tick(), TICK_MS, { runImmediately: true })
  #running?: AbortController

  constructor(components: PubSubRendezvousComponents, init: PubSubRendezvousInit) {
    const { addressManager, connectionManager, logger } = components

    this.#components = components
    this.#init = init
    this.#log = logger.forComponent('libp2p:rendezvous:pubsub')
    this.#dialer = new PoliteDialer({
      addressManager,
      connectionManager,
      log: this.#log,
      now: Date.now,
      random: Math.random
    })
  }

  get topics(): TopicStatus[] {
    const { registrations } = this.#rendezvous

    return [...this.#topics].map(([topic, { namespace, search }]) => ({
      topic,
      peers: this.#countPeers(topic),
      isSatisfied: search.isSatisfied,
      registrations: registrations.filter((status) => isSame(status.namespace, namespace)),
      lastError: search.lastError
    }))
  }

  start(): void {
    // Told here and not in the background, where nobody would hear of it.
    void this.#pubsub
    void this.#rendezvous
    this.#running = new AbortController()
  }

  afterStart(): void {
    this.#pubsub.addEventListener('subscription-change', this.#searchSoon)
    this.#components.events.addEventListener('peer:disconnect', this.#searchSoon)
    this.#ticking.start()
  }

  beforeStop(): void {
    this.#ticking.stop()
    this.#pubsub.removeEventListener('subscription-change', this.#searchSoon)
    this.#components.events.removeEventListener('peer:disconnect', this.#searchSoon)
    this.#running?.abort(new NotStartedError('the node has stopped'))
    this.#running = undefined
    this.#topics.clear()
    this.#unmapped.clear()
  }

  stop(): void {}

  async ready(topic: string, { peers = 1, signal }: ReadyOptions = {}): Promise<void> {
    if (this.#running == null) {
      throw new NotStartedError('start libp2p first')
    }

    const running = this.#running.signal
    const ended = signal == null ? running : AbortSignal.any([signal, running])
    const pubsub = this.#pubsub
    const { promise, resolve, reject } = Promise.withResolvers<void>()

    const check = (): void => {
      if (ended.aborted) {
        reject(ended.reason)
      } else if (this.#countReachable(topic) >= peers) {
        resolve()
      }
    }

    // The event comes before the list of subscribers has changed everywhere.
    const polling = setInterval(check, READY_POLL_MS)

    ended.addEventListener('abort', check)
    pubsub.addEventListener('subscription-change', check)

    try {
      check()
      await promise
    } finally {
      clearInterval(polling)
      ended.removeEventListener('abort', check)
      pubsub.removeEventListener('subscription-change', check)
    }
  }

  /** Follows the subscriptions, and looks for peers where there are too few. */
  #tick(): void {
    const subscribed = new Set(this.#pubsub.getTopics())
    const signal = this.#running?.signal

    for (const topic of subscribed) {
      if (!this.#topics.has(topic)) {
        this.#enter(topic)
      }
    }

    for (const [topic, { namespace, search }] of this.#topics) {
      if (subscribed.has(topic)) {
        void search.search({ signal })
      } else {
        this.#leave(topic, namespace)
      }
    }
  }

  #enter(topic: string): void {
    const { ttlSeconds = TTL_SECONDS_DEFAULT, minPeers = MIN_PEERS_DEFAULT } = this.#init
    const namespace = this.#namespaceOf(topic)

    if (namespace == null) {
      return
    }

    try {
      this.#rendezvous.keepRegistered(namespace, { ttlSeconds })
    } catch (error) {
      // A namespace that cannot be one: nobody else is found there either.
      this.#log.error('cannot register topic %s - %e', topic, error)
    }

    this.#topics.set(topic, {
      namespace,
      search: new TopicSearch({
        namespace,
        minPeers,
        countPeers: () => this.#countPeers(topic),
        rendezvous: this.#rendezvous,
        dialer: this.#dialer,
        now: Date.now,
        random: Math.random
      })
    })
  }

  /** `undefined` where the application has none for it. It is asked again with the next tick. */
  #namespaceOf(topic: string): NamespaceInput | undefined {
    const { namespace: toNamespace = (topic) => `floodsub:${topic}` } = this.#init

    try {
      const namespace = toNamespace(topic)

      this.#unmapped.delete(topic)

      return namespace
    } catch (error) {
      if (!this.#unmapped.has(topic)) {
        this.#unmapped.add(topic)
        this.#log.error('topic %s has no namespace - %e', topic, error)
      }

      return undefined
    }
  }

  #leave(topic: string, namespace: NamespaceInput): void {
    this.#topics.delete(topic)

    if ([...this.#topics.values()].some((other) => isSame(other.namespace, namespace))) {
      return
    }

    this.#rendezvous.unregister(namespace).catch((error: unknown) => {
      this.#log('could not unregister topic %s - %e', topic, error)
    })
  }

  readonly #searchSoon = (): void => {
    for (const { search } of this.#topics.values()) {
      if (!search.isSatisfied) {
        search.searchSoon()
      }
    }
  }

  #countPeers(topic: string): number {
    return this.#subscribers(topic).length
  }

  /** A peer may tell of its topics before there is a stream to it: what is published then is lost. */
  #countReachable(topic: string): number {
    const { streamsOutbound } = this.#pubsub

    return this.#subscribers(topic).filter(
      (peerId) => streamsOutbound?.has(peerId.toString()) ?? true
    ).length
  }

  #subscribers(topic: string): PeerId[] {
    try {
      return this.#pubsub.getSubscribers(topic)
    } catch {
      // It has not started, or has stopped already.
      return []
    }
  }

  get #pubsub(): PubSubWithTopics {
    return this.#service(this.#init.pubsub ?? 'pubsub') as PubSubWithTopics
  }

  get #rendezvous(): Rendezvous {
    return this.#service(this.#init.rendezvous ?? 'rendezvous') as Rendezvous
  }

  /** Not taken at once: services may be listed in any order. */
  #service(name: string): unknown {
    try {
      return (this.#components as unknown as Record<string, unknown>)[name]
    } catch (cause) {
      // So libp2p answers for what it does not have.
      throw new InvalidParametersError(
        `pubsubRendezvous needs a service named "${name}" (${(cause as Error).message})`
      )
    }
  }
}

function isSame(one: NamespaceInput, other: NamespaceInput): boolean {
  return uint8ArrayEquals(bytesOf(one), bytesOf(other))
}

function bytesOf(namespace: NamespaceInput): Uint8Array {
  return typeof namespace === 'string' ? new TextEncoder().encode(namespace) : namespace
}
