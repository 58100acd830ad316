import type { AbortOptions } from '@libp2p/interface'
import { pinTo } from '../../../test/support/pin-to.ts'
import { LOAD_CORE, SERVER_CORE } from './cores.ts'
import type { Population, Scenario } from './load/load-request.ts'
import { LoadProcess } from './load/start-load.ts'
import { type Measured, measure } from './measure.ts'
import { FIRST_CONNECTIONS, type MeasuredIdle, measureIdle } from './measure-idle.ts'
import type { BenchServer, BenchServerKind } from './servers/bench-server.ts'

const PREFIX = '/bench/'

/** Of one namespace: more live registrations are in more namespaces. */
const PEERS_MAX = 1000

/** Before each measurement, in seconds: caches are cold after the others' turns. */
const WARM_UP_SECONDS = 0.5

/**
 * How long DISCOVERs are sent once all is registered, for each namespace, in seconds: what a server holds of a namespace that
 * is asked for it has not before.
 */
const FIRST_DISCOVERS_SECONDS = 0.01

/** One row of the table. */
export interface Operation {
  name: string
  scenario: Scenario
  limit: number
  connections: number
  concurrency: number
  /**
   * Asked so often: this share of what this other operation came to just before. How long peers wait is what counts
   * then, so no other server runs beside it.
   */
  rate?: { share: number; of: string }
}

export const OPERATIONS: readonly Operation[] = [
  { name: 'connect', scenario: 'connect', limit: 0, connections: 8, concurrency: 8 },
  { name: 'stream', scenario: 'stream', limit: 0, connections: 500, concurrency: 16 },
  { name: 'refresh', scenario: 'refresh', limit: 0, connections: 500, concurrency: 32 },
  {
    name: 'refresh at half load',
    scenario: 'refresh',
    limit: 0,
    connections: 500,
    concurrency: 200,
    rate: { share: 0.5, of: 'refresh' }
  },
  { name: 'discover 50', scenario: 'discover', limit: 50, connections: 500, concurrency: 16 },
  { name: 'discover 1000', scenario: 'discover', limit: 1000, connections: 500, concurrency: 8 },
  { name: 'mixed', scenario: 'mixed', limit: 50, connections: 500, concurrency: 32 }
]

export interface PeersInit {
  kinds: readonly BenchServerKind[]
  operations: readonly Operation[]
  live: number
  rounds: number
  /** Of each measurement. */
  seconds: number
  /** Connections that are held open; 0: that is not measured. */
  idle: number
  /** Whether what has a rate is measured too, with each server by itself. */
  byItself: boolean
  progress: (line: string) => void
}

/** What one server took with so many live registrations, a figure for each round. */
export interface ServerResult {
  server: string
  live: number
  operations: Record<string, Measured[]>
  idle?: MeasuredIdle
  /** Why what idle connections cost was not measured. */
  idleFailure?: string
  /** Why it was not measured, or not to the end. */
  failure?: string
}

interface Contender {
  kind: BenchServerKind
  server: BenchServer
  load: LoadProcess
  result: ServerResult
}

/** Measures servers side by side: in each round each of them has its turn with each operation. */
export async function runPeers(
  init: PeersInit,
  { signal }: AbortOptions = {}
): Promise<ServerResult[]> {
  const population = populationOf(init.live)
  const contenders: Contender[] = []
  const results: ServerResult[] = []
  const together = init.operations.filter(({ rate }) => rate == null)
  const idle = new Map<BenchServerKind, Pick<ServerResult, 'idle' | 'idleFailure'>>()
  const alone = new Map<BenchServerKind, ServerResult>()
  const kinds = init.kinds.filter(({ liveMax = Infinity }) => init.live <= liveMax)

  const stopLoads = () => Promise.all(contenders.map(({ load }) => load.stop()))

  await pinTo(LOAD_CORE, process.pid)
  // What is under way, such as registering, ends with its load.
  signal?.addEventListener('abort', stopLoads)

  try {
    for (const kind of init.idle === 0 ? [] : kinds) {
      signal?.throwIfAborted()
      idle.set(kind, await measureIdleApart(kind, init, signal))
    }

    for (const kind of init.byItself ? kinds : []) {
      signal?.throwIfAborted()
      alone.set(kind, await takeByItself(kind, population, init, signal))
    }

    for (const kind of kinds) {
      signal?.throwIfAborted()

      const result = { ...(alone.get(kind) ?? nothing(kind, init)), ...idle.get(kind) }

      results.push(result)
      await unlessItFails(result, init, async () => {
        const contender = { ...(await start(kind, population, init)), kind, result }

        contenders.push(contender)
        await fill(contender, kind, init)
        await discoverFirst(contender, kind, population, init)
      })
    }

    for (let round = 0; round < init.rounds; round++) {
      for (const operation of together) {
        init.progress(`${init.live} live, round ${round + 1} of ${init.rounds}: ${operation.name}`)

        // Who begins changes, so that nobody always comes after the same one.
        for (const contender of rotated(contenders, round)) {
          signal?.throwIfAborted()

          if (!isSlowFor(contender.kind, operation)) {
            await unlessItFails(contender.result, init, () =>
              take(contender, operation, init.seconds)
            )
          }
        }
      }
    }

    await takeSlow(contenders, init, signal)

    return results
  } finally {
    signal?.removeEventListener('abort', stopLoads)

    for (const contender of contenders.reverse()) {
      await stop(contender)
    }
  }
}

/** What has a rate, in a process of its own, with all rounds in a row. */
async function takeByItself(
  kind: BenchServerKind,
  population: Population,
  init: PeersInit,
  signal: AbortSignal | undefined
): Promise<ServerResult> {
  const result = nothing(kind, init)
  const rated = init.operations.filter(({ rate }) => rate != null)

  if (rated.length > 0) {
    await unlessItFails(result, init, async () => {
      const contender = {
        ...(await start(kind, population, init)),
        kind,
        result: nothing(kind, init)
      }

      try {
        await fill(contender, kind, init)

        for (let round = 0; round < init.rounds; round++) {
          signal?.throwIfAborted()
          init.progress(
            `${init.live} live, round ${round + 1} of ${init.rounds}: ${kind.name} by itself`
          )

          for (const operation of withTheirMost(rated)) {
            await take(contender, operation, init.seconds)
          }
        }
      } finally {
        await stop(contender)
      }

      for (const { name } of rated) {
        result.operations[name] = contender.result.operations[name] ?? []
      }
    })
  }

  return result
}

/** Each behind the operation whose most it is a share of. */
function withTheirMost(rated: readonly Operation[]): Operation[] {
  return rated.flatMap((operation) => [
    ...OPERATIONS.filter(({ name }) => name === operation.rate?.of),
    operation
  ])
}

function nothing({ name }: BenchServerKind, { live }: PeersInit): ServerResult {
  return { server: name, live, operations: {} }
}

/** Once the others have ended: what goes on when nobody waits for it any more takes time from all of them. */
async function takeSlow(
  contenders: Contender[],
  init: PeersInit,
  signal: AbortSignal | undefined
): Promise<void> {
  const slow = contenders.filter(({ kind }) =>
    init.operations.some((each) => isSlowFor(kind, each))
  )

  for (const contender of contenders.filter((each) => !slow.includes(each))) {
    await stop(contender)
  }

  contenders.splice(0, contenders.length, ...slow)

  for (const operation of init.operations) {
    for (const contender of slow.filter(({ kind }) => isSlowFor(kind, operation))) {
      signal?.throwIfAborted()
      init.progress(`${init.live} live, ${contender.kind.name} alone: ${operation.name}`)
      await unlessItFails(contender.result, init, () => take(contender, operation, init.seconds))
    }
  }
}

function isSlowFor({ slowOperations = [] }: BenchServerKind, { name }: Operation): boolean {
  return slowOperations.includes(name)
}

/** In a process that has done nothing else. */
async function measureIdleApart(
  kind: BenchServerKind,
  { live, idle: connections, progress }: PeersInit,
  signal: AbortSignal | undefined
): Promise<Pick<ServerResult, 'idle' | 'idleFailure'>> {
  progress(`${connections} idle connections of ${kind.name}`)

  try {
    const population = { peers: FIRST_CONNECTIONS + connections, namespaces: 1, prefix: PREFIX }
    const started = await start(kind, population, { live, progress: () => {} })

    try {
      return { idle: await measureIdle(started.server, started.load, connections, { signal }) }
    } finally {
      await stop(started)
    }
  } catch (error) {
    const { message } = error as Error

    progress(`${kind.name} failed: ${message}`)

    return { idleFailure: message }
  }
}

async function start(
  kind: BenchServerKind,
  population: Population,
  { live, progress }: Pick<PeersInit, 'live' | 'progress'>
): Promise<Omit<Contender, 'kind' | 'result'>> {
  progress(`${live} live: starting ${kind.name}`)

  const server = await kind.start(population)

  try {
    await pinTo(SERVER_CORE, server.pid)

    const load = await LoadProcess.start(server.target, population)

    return { server, load }
  } catch (error) {
    await server.stop()

    throw error
  }
}

async function fill(
  { server, load }: Contender,
  { name }: BenchServerKind,
  { live, progress }: PeersInit
): Promise<void> {
  if (server.fill != null) {
    progress(`${live} live: registering at ${name}`)
    await load.fill(server.fill)
  }
}

async function discoverFirst(
  { load }: Contender,
  kind: BenchServerKind,
  { namespaces }: Population,
  { operations }: PeersInit
): Promise<void> {
  const [discover] = operations.filter(
    (each) => each.scenario === 'discover' && !isSlowFor(kind, each)
  )

  if (discover != null) {
    await load.run({
      do: 'run',
      ...discover,
      rate: undefined,
      seconds: namespaces * FIRST_DISCOVERS_SECONDS
    })
  }
}

async function stop({ server, load }: Omit<Contender, 'kind' | 'result'>): Promise<void> {
  await load.stop()
  await server.stop()
}

/** One that has failed is left out from then on: the others may have taken an hour already. */
async function unlessItFails(
  result: ServerResult,
  { progress }: Pick<PeersInit, 'progress'>,
  act: () => Promise<void>
): Promise<void> {
  if (result.failure != null) {
    return
  }

  try {
    await act()
  } catch (error) {
    result.failure = (error as Error).message
    progress(`${result.server} failed: ${result.failure}`)
  }
}

async function take(
  { server, load, result }: Contender,
  { name, rate, ...operation }: Operation,
  seconds: number
): Promise<void> {
  const most = rate == null ? undefined : result.operations[rate.of]?.at(-1)?.operationsPerSecond
  const slowMs = seconds * 1000
  const [earlier] = result.operations[name] ?? []

  if (rate != null && most == null) {
    return
  }

  // One that takes longer than a measurement is measured once, by itself: else it would take hours.
  if (earlier != null && isSlow(earlier, slowMs)) {
    return
  }

  const request = { do: 'run', ...operation } as const
  const first = await measure(server, load, {
    ...request,
    concurrency: 1,
    seconds: WARM_UP_SECONDS
  })

  const measured = isSlow(first, slowMs)
    ? first
    : await measure(server, load, {
        ...request,
        rate: rate == null || most == null ? undefined : rate.share * most,
        seconds
      })

  result.operations[name] = [...(result.operations[name] ?? []), measured]

  const { fill, target } = server

  if (operation.scenario === 'mixed' && fill != null && target.ttlSeconds < fill.ttlSeconds) {
    await load.restore(fill)
  }
}

/** Whether it takes longer than this, or so long that nobody waits for it. */
function isSlow({ operations, p50 }: Measured, slowMs: number): boolean {
  return operations === 0 || p50 > slowMs
}

function populationOf(live: number): Population {
  const peers = Math.min(live, PEERS_MAX)

  return { peers, namespaces: Math.ceil(live / peers), prefix: PREFIX }
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const first = by % Math.max(1, items.length)

  return [...items.slice(first), ...items.slice(0, first)]
}
