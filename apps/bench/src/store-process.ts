/**
 * Fills a memory store, measures it, and prints the figures as JSON.
 *
 *     node store-process.ts <checkout> <live>
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { RegistrationStore } from '@rendezvous-cluster/rendezvous'

const RECORD_BYTES = 240

/** First bytes of every Ed25519 peer id. */
const ED25519_PREFIX = Buffer.from('002408011220', 'hex')

/** Of one namespace: more live registrations are in more namespaces. */
const PEERS_MAX = 1000

const TTL_SECONDS = 7200
const ANY_NUMBER = Number.MAX_SAFE_INTEGER
const CAPS = { perPeer: ANY_NUMBER, perNamespace: ANY_NUMBER, namespaces: ANY_NUMBER }

/** A front node has other things to do after so many requests. */
const PER_TURN = 20

/** Steps over registrations so that each comes to another namespace. */
const STEP = 7919

/** What each operation is measured with. */
const TIMES = { refresh: 300_000, sample50: 30_000, page50: 30_000, sample1000: 3000 }

/** Microseconds of processor time. */
export interface StoreFigures {
  live: number
  refresh: number
  sample50: number
  page50: number
  sample1000: number
  /** The longest for garbage while these were measured, in milliseconds. */
  longestPauseMs: number
  /** Bytes of each registration. */
  heapBytes: number
  outsideBytes: number
  /** Of the process. */
  rssBytes: number
}

setFlagsFromString('--expose-gc')

const collectGarbage: () => void = runInNewContext('gc')

async function measureStore(checkout: string, live: number): Promise<StoreFigures> {
  const load = (library: string) => import(join(checkout, 'libs', library, 'dist/index.js'))
  const { MemoryStore } = await load('stores')
  const { Namespace } = await load('rendezvous')
  const store: RegistrationStore = new MemoryStore({ registrationsMax: live })
  const peerCount = Math.min(live, PEERS_MAX)
  const peerIds = Array.from({ length: peerCount }, () =>
    Buffer.concat([ED25519_PREFIX, randomBytes(32)])
  )
  const namespaces = Array.from({ length: Math.ceil(live / peerCount) }, (_, index) =>
    Namespace.parse(Buffer.from(`/bench/${index}`))
  )
  const record = randomBytes(RECORD_BYTES)
  const sourceOf = (index: number) => ({
    kind: 'peer-record' as const,
    namespace: namespaces[Math.floor(index / peerCount)]
  })
  let puts = 0

  const put = (index: number) => {
    const peerId = peerIds[index % peerCount] as Buffer

    // Each is another one, as those are that a peer has signed anew.
    record.writeUInt32LE(puts++)

    return store.put(
      { ...sourceOf(index), peerId, record, ttlSeconds: TTL_SECONDS, isListed: true },
      { caps: CAPS }
    )
  }

  const before = memoryInUse()

  for (let index = 0; index < live; index++) {
    await put(index)
  }

  const filled = memoryInUse()
  const pauses: number[] = [0]
  const observer = new PerformanceObserver((list) =>
    pauses.push(...list.getEntries().map(({ duration }) => duration))
  )
  const measure = (times: number, act: (index: number) => Promise<unknown>) =>
    timePerOperation(times, (time) => act((time * STEP) % live))

  observer.observe({ entryTypes: ['gc'] })

  return {
    live,
    refresh: await measure(TIMES.refresh, put),
    sample50: await measure(TIMES.sample50, (index) => store.sample(sourceOf(index), 50)),
    page50: await measure(TIMES.page50, (index) => store.page(sourceOf(index), 0, 50)),
    sample1000: await measure(TIMES.sample1000, (index) => store.sample(sourceOf(index), 1000)),
    longestPauseMs: Math.max(...pauses),
    heapBytes: (filled.heapUsed - before.heapUsed) / live,
    outsideBytes: (filled.arrayBuffers - before.arrayBuffers) / live,
    rssBytes: process.memoryUsage.rss()
  }
}

async function timePerOperation(
  times: number,
  act: (time: number) => Promise<unknown>
): Promise<number> {
  // Compiled, and in the caches of the processor as they will be.
  await repeat(times / 10, act)

  const start = process.cpuUsage()

  await repeat(times, act)

  const { user, system } = process.cpuUsage(start)

  return (user + system) / times
}

async function repeat(times: number, act: (time: number) => Promise<unknown>): Promise<void> {
  for (let time = 0; time < times; time++) {
    await act(time)

    if (time % PER_TURN === 0) {
      await nextTurn()
    }
  }
}

function memoryInUse(): NodeJS.MemoryUsage {
  collectGarbage()

  return process.memoryUsage()
}

const [checkout = '', live = ''] = process.argv.slice(2)

console.log(JSON.stringify(await measureStore(checkout, Number(live))))
