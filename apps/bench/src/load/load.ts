import { createHash } from 'node:crypto'
import { createHistogram } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { sealPeerRecord } from '@rendezvous-cluster/client'
import type { Request } from '@rendezvous-cluster/rendezvous'
import { CLIENT_DIALECTS, type ClientDialect } from '@rendezvous-cluster/wire'
import { shuffled } from '../../../../libs/client/src/shuffled.ts'
import { noiseCrypto } from '../../../front/src/connections/noise-crypto.ts'
import { type LoadConnection, LoadPeer } from './load-connection.ts'
import {
  type Lasting,
  type LoadRun,
  MIX,
  type Population,
  type RunRequest,
  type Scenario,
  type Target
} from './load-request.ts'
import type { LoadStream } from './load-stream.ts'

const IDENTIFY = '/ipfs/id/1.0.0'

/** A connection that is not there, or an operation that is not answered, after so long: milliseconds. */
const PATIENCE_MS = 120_000

/** Peers that register at a time when it is filled. */
const FILLING = 16

const MS = 1_000_000

interface Identity {
  peer: LoadPeer
  record: Uint8Array
  /** The namespace in which `mixed` refreshes it. */
  home: number
}

/** An open connection with an open stream, and whose it is. */
interface Worker {
  identity: Identity
  connection: LoadConnection
  stream: LoadStream
}

/** Peers that ask a point for what they are told to. */
export class Load {
  readonly #point: Multiaddr
  readonly #target: Target
  readonly #dialect: ClientDialect
  readonly #population: Population
  readonly #identities: readonly Identity[]
  /** By `mixed`, since they were all registered for long. */
  readonly #refreshed = new Set<Identity>()
  #workers: Worker[] = []
  #held: LoadConnection[] = []
  #connected = 0
  #mixed: (keyof typeof MIX)[] = []

  private constructor(target: Target, population: Population, identities: readonly Identity[]) {
    this.#point = multiaddr(target.point)
    this.#target = target
    this.#dialect = CLIENT_DIALECTS[target.dialect]
    this.#population = population
    this.#identities = identities
  }

  static async create(target: Target, population: Population): Promise<Load> {
    const { crypto } = await noiseCrypto()
    const identities: Identity[] = []

    const { peers, firstPeer = 0 } = population

    for (let index = firstPeer; index < firstPeer + peers; index++) {
      const seed = createHash('sha256').update(`peer ${index}`).digest()
      const privateKey = await generateKeyPairFromSeed('Ed25519', seed)
      const address = multiaddr(`/ip4/198.51.100.${index % 250}/tcp/${1 + (index % 65_535)}`)

      identities.push({
        peer: new LoadPeer(privateKey, crypto),
        record: await sealPeerRecord(privateKey, [address], { kind: target.recordKind }),
        home: index % population.namespaces
      })
    }

    return new Load(target, population, identities)
  }

  /** Registers every peer in every namespace. @returns how many registrations that are */
  fill(how: Lasting): Promise<number> {
    const all = Array.from({ length: this.#population.namespaces }, (_, index) => index)

    return this.#registerAll(this.#identities, () => all, how)
  }

  /** Lets what {@link Scenario mixed} has refreshed last as long as the rest again. @returns how many registrations that are */
  async restore(how: Lasting): Promise<number> {
    const refreshed = [...this.#refreshed]

    this.#refreshed.clear()

    return this.#registerAll(refreshed, ({ home }) => [home], how)
  }

  async #registerAll(
    identities: readonly Identity[],
    namespacesOf: (identity: Identity) => readonly number[],
    how: Lasting
  ): Promise<number> {
    const dialect = CLIENT_DIALECTS[how.dialect]
    const rest = identities.values()
    let registrations = 0

    const registerSome = async () => {
      for (const identity of rest) {
        const worker = await this.#connect(identity, dialect)

        for (const index of namespacesOf(identity)) {
          const request = register(identity, this.#namespace(index), how.ttlSeconds)

          mustBeOk(
            dialect,
            await this.#ask(worker, dialect.encodeRequest(request), dialect.protocol)
          )
          registrations++
        }

        await worker.connection.close()
      }
    }

    await Promise.all(Array.from({ length: FILLING }, registerSome))

    return registrations
  }

  async run(request: RunRequest): Promise<Omit<LoadRun, 'event'>> {
    const latency = createHistogram()
    const reasons = new Set<string>()
    let [operations, failed, registrations, discovered] = [0, 0, 0, 0]

    await this.#haveWorkers(request.connections)

    const startedAtMs = performance.now()
    const endAtMs = startedAtMs + request.seconds * 1000

    const act = async (worker: Worker, dueAtMs: number) => {
      try {
        const found = await withPatience(this.#act(worker, request))

        latency.record(Math.max(1, Math.round((performance.now() - dueAtMs) * MS)))
        operations++

        if (found != null) {
          registrations += found
          discovered++
        }
      } catch (error) {
        failed++
        reasons.add((error as Error).message)
        await this.#renew(worker)
      }
    }

    const free = this.#workers.slice(0, request.connections)
    let issued = 0

    const work = async () => {
      for (;;) {
        const dueAtMs =
          request.rate == null ? performance.now() : startedAtMs + (issued++ * 1000) / request.rate

        if (dueAtMs >= endAtMs) {
          return
        }

        if (dueAtMs > performance.now()) {
          await delay(dueAtMs - performance.now())
        }

        // The one that has rested longest: a peer asks now and then, not all the time.
        const worker = free.shift() as Worker

        await act(worker, dueAtMs)
        free.push(worker)
      }
    }

    await Promise.all(Array.from({ length: request.concurrency }, work))

    return {
      operations,
      failed,
      reasons: [...reasons],
      seconds: (performance.now() - startedAtMs) / 1000,
      p50: latency.percentile(50) / MS,
      p99: latency.percentile(99) / MS,
      p999: latency.percentile(99.9) / MS,
      registrations: discovered === 0 ? 0 : registrations / discovered
    }
  }

  /** Opens connections on which one registration is made, and no more. @returns how many are open */
  async hold(count: number): Promise<number> {
    let next = this.#held.length
    const end = next + count

    const open = async () => {
      while (next < end) {
        const identity = this.#identity(next++)
        const { connection, stream } = await this.#connect(identity, this.#dialect)

        mustBeOk(this.#dialect, await stream.ask(this.#register(identity)))
        this.#held.push(connection)
      }
    }

    await Promise.all(Array.from({ length: FILLING }, open))

    return this.#held.filter(({ isOpen }) => isOpen).length
  }

  async release(): Promise<void> {
    await Promise.all(this.#held.map((connection) => connection.close()))
    this.#held = []
  }

  /** @returns registrations in the answer of a DISCOVER */
  async #act(worker: Worker, { scenario, limit }: RunRequest): Promise<number | undefined> {
    const namespace = scenario === 'mixed' ? 'home' : 'own'

    switch (this.#kindOf(scenario)) {
      case 'connect':
        return this.#connectAndRegister(namespace)
      case 'stream':
        return this.#registerOnNewStream(worker)
      case 'refresh':
        mustBeOk(this.#dialect, await this.#ask(worker, this.#register(worker.identity, namespace)))

        return undefined
      case 'discover':
        return this.#discover(worker, limit)
    }
  }

  /** In `mixed` the kinds come in an order that is not in step with the workers: else some would never refresh. */
  #kindOf(scenario: Scenario): Exclude<Scenario, 'mixed'> {
    if (scenario !== 'mixed') {
      return scenario
    }

    if (this.#mixed.length === 0) {
      this.#mixed = shuffled(
        (['connect', 'discover', 'refresh'] as const).flatMap((kind) =>
          Array.from({ length: MIX[kind] }, () => kind)
        ),
        Math.random
      )
    }

    return this.#mixed.pop() ?? 'refresh'
  }

  async #connectAndRegister(namespace: 'own' | 'home'): Promise<undefined> {
    const identity = this.#identity(this.#connected++)
    const { connection, stream } = await this.#connect(identity, this.#dialect)
    const identify = await connection.openStream(IDENTIFY)

    await identify.ask(new Uint8Array())
    mustBeOk(this.#dialect, await stream.ask(this.#register(identity, namespace)))
    await connection.close()
  }

  async #registerOnNewStream({ identity, connection }: Worker): Promise<undefined> {
    const stream = await connection.openStream(this.#dialect.protocol)

    mustBeOk(this.#dialect, await stream.ask(this.#register(identity)))
    await stream.close()
  }

  async #discover(worker: Worker, limit: number): Promise<number> {
    const namespace = this.#namespace(Math.floor(Math.random() * this.#population.namespaces))
    const request = { type: 'discover', namespace, limit: BigInt(limit) } as const
    const answer = await this.#ask(worker, this.#dialect.encodeRequest(request))
    const response = mustBeOk(this.#dialect, answer)

    return response.type === 'discover' ? response.registrations.length : 0
  }

  /** On the worker's open stream, where the server keeps it open. */
  async #ask(
    { connection, stream }: Omit<Worker, 'identity'>,
    request: Uint8Array,
    protocol = this.#dialect.protocol
  ): Promise<Uint8Array> {
    if (this.#target.streamPerRequest !== true) {
      return stream.ask(request)
    }

    const own = await connection.openStream(protocol)
    const answer = await own.ask(request)

    await own.close()

    return answer
  }

  async #haveWorkers(count: number): Promise<void> {
    this.#workers = this.#workers.filter(({ connection, stream }) =>
      this.#target.streamPerRequest === true ? connection.isOpen : stream.isOpen
    )

    while (this.#workers.length < count) {
      this.#workers.push(await this.#newWorker(this.#identity(this.#workers.length)))
    }
  }

  async #renew(worker: Worker): Promise<void> {
    await worker.connection.close().catch(() => {})
    Object.assign(worker, await this.#newWorker(worker.identity))
  }

  async #newWorker(identity: Identity): Promise<Worker> {
    const worker = { identity, ...(await this.#connect(identity, this.#dialect)) }

    // A stream on which nothing is asked is ended before long.
    mustBeOk(this.#dialect, await worker.stream.ask(this.#register(identity)))

    return worker
  }

  async #connect(
    { peer }: Identity,
    { protocol }: ClientDialect
  ): Promise<Omit<Worker, 'identity'>> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new Error('no connection')), PATIENCE_MS)

    try {
      const connection = await peer.connect(this.#point, late.signal)

      return { connection, stream: await connection.openStream(protocol) }
    } finally {
      // The transport would abort an open connection, too.
      clearTimeout(timer)
    }
  }

  /**
   * @param namespace - where lifetimes are short, what is asked for does not stay: so it is one of its own, unless
   * answers are to change
   */
  #register(identity: Identity, namespace: 'own' | 'home' = 'own'): Uint8Array {
    const name = namespace === 'own' ? 'refreshed' : identity.home

    if (namespace === 'home') {
      this.#refreshed.add(identity)
    }

    return this.#dialect.encodeRequest(
      register(identity, this.#namespace(name), this.#target.ttlSeconds)
    )
  }

  #identity(index: number): Identity {
    return this.#identities[index % this.#identities.length] as Identity
  }

  #namespace(name: number | 'refreshed'): Uint8Array {
    return new TextEncoder().encode(`${this.#population.prefix}${name}`)
  }
}

function register({ record }: Identity, namespace: Uint8Array, ttlSeconds: number): Request {
  return { type: 'register', namespace, signedPeerRecord: record, ttl: BigInt(ttlSeconds) }
}

/** @throws Error unless it is answered OK */
function mustBeOk(dialect: ClientDialect, answer: Uint8Array) {
  const response = dialect.decodeResponse(answer)

  if (response.status !== 0) {
    throw new Error(`answered ${response.status} ${response.statusText}`)
  }

  return response
}

async function withPatience<T>(act: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error('not answered')), PATIENCE_MS)

  try {
    return await Promise.race([act, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
