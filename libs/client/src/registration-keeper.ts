import { AbortError, type AbortOptions } from '@libp2p/interface'
import { type Namespace, type RecordKind, ResponseStatus } from '@rendezvous-cluster/rendezvous'
import { isOwnFault, isRefusedWith, toError } from './errors.ts'
import type { OwnRecord } from './own-record.ts'
import type { PointClient } from './point-client.ts'
import type { Point } from './points/point.ts'
import type { StickyPoint } from './points/sticky-point.ts'
import type { Wait } from './wait.ts'

/** How soon a refresh that failed is tried again, at least and at most, in milliseconds. */
const RETRY_MS_MIN = 500
const RETRY_MS_MAX = 60_000

/** How a registration stands. */
export type RegistrationState =
  /** Asked for, and not answered yet. */
  | { status: 'registering' }
  /** Not asked for: this peer has no address at which others could reach it. One of before ends. */
  | { status: 'pending'; reason: string; expiresAtMs?: number }
  /** Until a time in milliseconds since 1970, at a point; refreshed at half of it. */
  | {
      status: 'active'
      ttlSeconds: number
      expiresAtMs: number
      point: string
      /** Where others find this peer. */
      multiaddrs: string[]
    }
  /** Tried again, ever more seldom; others still find this peer until a time, if at all. */
  | { status: 'failing'; error: Error; expiresAtMs?: number }

export interface RegistrationKeeperInit {
  namespace: Namespace
  /** Default: what the point gives. */
  ttlSeconds?: number
  /** Whether that lifetime is the only one to be had. Default false. */
  requireTtl?: boolean
  record: OwnRecord
  sticky: StickyPoint
  onChange: () => void
  now: () => number
  random: () => number
  wait: Wait
}

/** Keeps this peer registered under one namespace. */
export class RegistrationKeeper {
  readonly namespace: Namespace
  readonly #init: RegistrationKeeperInit
  readonly #ended = new AbortController()
  readonly #granted = Promise.withResolvers<void>()
  #ttlSeconds?: number
  #state: RegistrationState = { status: 'registering' }
  /** In a row, since the registration has run out or from the beginning. */
  #failures = 0
  /** Whether a point may have it: one that was asked, and whose answer nobody waited for. */
  #mayBeFound = false
  #wake = new AbortController()
  #loop?: Promise<void>

  constructor(init: RegistrationKeeperInit) {
    this.#init = init
    this.namespace = init.namespace
    this.#ttlSeconds = init.ttlSeconds
    // It may be that nobody waits for it.
    this.#granted.promise.catch(() => {})
  }

  get state(): RegistrationState {
    return this.#state
  }

  /** Resolves when it is granted for the first time, rejects where that is refused for good, or it ends before. */
  get granted(): Promise<void> {
    return this.#granted.promise
  }

  /** Begins in the background. What goes wrong there is told by `state`. */
  start(): void {
    this.#loop ??= this.#run()
  }

  /** Registers again, within the next second: not all clients of a point at the same moment. */
  refreshSoon(): void {
    this.#wake.abort()
  }

  /** Refreshes it no more. The point keeps it until its lifetime is over. */
  async stop(): Promise<void> {
    this.#ended.abort()
    this.#granted.reject(new AbortError('unregistered'))
    await this.#loop
  }

  /** Ends it; the point is told where it may have it and the dialect has a message for that. */
  async end(options: AbortOptions = {}): Promise<void> {
    const { sticky } = this.#init

    await this.stop()

    if (this.#mayBeFound) {
      await sticky.ask(async (client, _point, request) => {
        if (client.dialect.hasUnregister) {
          await client.unregister({ namespace: this.namespace }, request)
        }
      }, options)
    }
  }

  async #run(): Promise<void> {
    const { wait } = this.#init
    const { signal } = this.#ended

    while (!signal.aborted) {
      this.#wake = new AbortController()
      await this.#register(signal)

      // Where it was told to refresh meanwhile, this is over at once.
      await wait(this.#untilNextMs(), AbortSignal.any([signal, this.#wake.signal]))

      if (this.#wake.signal.aborted) {
        await wait(this.#init.random() * 1000, signal)
      }
    }
  }

  async #register(signal: AbortSignal): Promise<void> {
    const { sticky, record, now } = this.#init

    try {
      const addresses = record.addresses()
      const ask = (client: PointClient, point: Point, options: AbortOptions) =>
        this.#registerAt(client, point, options)
      const granted = addresses.length === 0 ? undefined : await sticky.ask(ask, { signal })

      if (granted == null) {
        const expiresAtMs = this.#expiresAtMs()

        this.#set({ status: 'pending', reason: 'no dialable address', expiresAtMs })

        return
      }

      const { ttlSeconds, point } = granted

      this.#failures = 0
      this.#set({
        status: 'active',
        ttlSeconds,
        expiresAtMs: now() + ttlSeconds * 1000,
        point,
        multiaddrs: addresses.map(String)
      })
      this.#granted.resolve()
    } catch (reason) {
      if (!signal.aborted) {
        this.#fail(toError(reason))
      }
    }
  }

  #fail(error: Error): void {
    const expiresAtMs = this.#expiresAtMs()

    if ((expiresAtMs ?? 0) <= this.#init.now()) {
      this.#failures++
    }

    this.#set({ status: 'failing', error, expiresAtMs })

    if (isOwnFault(error)) {
      this.#mayBeFound = expiresAtMs != null
      this.#granted.reject(error)
    }
  }

  /** Asks in the form that the point takes; not at all where the addresses went away while it was connected to. */
  async #registerAt(
    client: PointClient,
    point: Point,
    options: AbortOptions
  ): Promise<{ ttlSeconds: number; point: string } | undefined> {
    const { recordKind, otherRecordKinds = [] } = client.dialect.rules
    const kinds = point.recordKind == null ? [recordKind, ...otherRecordKinds] : [point.recordKind]
    let ttlSeconds: number | undefined

    try {
      ttlSeconds = await this.#registerAs(kinds, client, point, options)
    } catch (error) {
      const canDoWithout = this.#ttlSeconds != null && !this.#init.requireTtl

      if (!canDoWithout || !isRefusedWith(error, ResponseStatus.E_INVALID_TTL)) {
        throw error
      }

      // Many points take nothing below two hours: better their own lifetime than none.
      this.#ttlSeconds = undefined
      ttlSeconds = await this.#registerAs(kinds, client, point, options)
    }

    return ttlSeconds == null
      ? undefined
      : { ttlSeconds, point: point.multiaddrs[0]?.toString() ?? point.key }
  }

  async #registerAs(
    kinds: readonly RecordKind[],
    client: PointClient,
    point: Point,
    options: AbortOptions
  ): Promise<number | undefined> {
    const { namespace, record } = this.#init
    let refused: unknown

    for (const kind of kinds) {
      const signedPeerRecord = await record.seal(kind)

      if (signedPeerRecord == null) {
        return undefined
      }

      this.#mayBeFound = true

      try {
        const ttlSeconds = await client.register(
          { namespace, signedPeerRecord, ttlSeconds: this.#ttlSeconds },
          options
        )

        point.recordKind = kind

        return ttlSeconds
      } catch (error) {
        // Rust points cannot read the record of the others, and have one of their own.
        if (!isRefusedWith(error, ResponseStatus.E_INVALID_PEER_INFO)) {
          throw error
        }

        refused ??= error
      }
    }

    throw refused
  }

  /**
   * Half of the lifetime, give or take a tenth. After a failure several more attempts while the
   * registration lives, and then ever fewer.
   */
  #untilNextMs(): number {
    const { now, random } = this.#init
    const state = this.#state

    if (state.status === 'active') {
      return state.ttlSeconds * 500 * (0.9 + random() / 5)
    }

    if (state.status === 'pending') {
      return RETRY_MS_MAX
    }

    const leftMs = (this.#expiresAtMs() ?? 0) - now()
    const backoffMs = leftMs > 0 ? leftMs / 4 : RETRY_MS_MIN * 2 ** this.#failures

    return Math.min(Math.max(backoffMs, RETRY_MS_MIN), RETRY_MS_MAX) * (0.75 + random() / 2)
  }

  #expiresAtMs(): number | undefined {
    return 'expiresAtMs' in this.#state ? this.#state.expiresAtMs : undefined
  }

  #set(state: RegistrationState): void {
    this.#state = state
    this.#init.onChange()
  }
}
