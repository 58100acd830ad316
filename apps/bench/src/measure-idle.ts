import { setTimeout as delay } from 'node:timers/promises'
import type { AbortOptions } from '@libp2p/interface'
import { median } from '../../../test/support/median.ts'
import { readProcessMemory } from '../../../test/support/process-memory.ts'
import type { LoadProcess } from './load/start-load.ts'
import { openSockets } from './open-sockets.ts'
import { cpuSecondsOfThreads } from './process-usage.ts'
import type { BenchServer } from './servers/bench-server.ts'

/** Held open before the others: what they cost above those is room that a heap makes for any number. */
export const FIRST_CONNECTIONS = 1000

/** After connections were opened, until their handshakes are forgotten, and registrations have expired. */
const SETTLE_MS = 25_000

/** The time is that of most of these: a garbage collection after the handshakes is in one or two. */
const LOOKS = 15

const LOOK_SECONDS = 1

/** What more connections that are held open cost a server, beyond the {@link FIRST_CONNECTIONS}. */
export interface MeasuredIdle {
  connections: number
  /** KiB of resident memory per connection. */
  kibEach: number
  /** Microseconds of processor time per second and connection, but for garbage collections now and then. */
  usPerSecondEach: number
}

/**
 * @param server - that has served nobody yet: memory it has had for others would be used again
 * @throws Error unless the kernel has as many connections to the server as were opened
 */
export async function measureIdle(
  server: BenchServer,
  load: LoadProcess,
  connections: number,
  options?: AbortOptions
): Promise<MeasuredIdle> {
  const port = Number(/\/tcp\/(\d+)/.exec(server.target.point)?.[1])

  await load.hold(FIRST_CONNECTIONS)

  const without = await lookAt(server, options)

  await load.hold(connections)

  const withThem = await lookAt(server, options)
  const all = FIRST_CONNECTIONS + connections
  const open = await openSockets(port)

  if (open < all) {
    throw new Error(`${server.name}: ${open} of ${all} connections are open`)
  }

  await load.release()

  return {
    connections,
    kibEach: (withThem.residentBytes - without.residentBytes) / 1024 / connections,
    usPerSecondEach: (withThem.usPerSecond - without.usPerSecond) / connections
  }
}

async function lookAt({ pid }: BenchServer, options?: AbortOptions) {
  await delay(SETTLE_MS, undefined, options)

  const looks: number[] = []

  for (let look = 0; look < LOOKS; look++) {
    const seconds = await cpuSecondsOfThreads(pid)

    await delay(LOOK_SECONDS * 1000, undefined, options)
    looks.push((((await cpuSecondsOfThreads(pid)) - seconds) * 1_000_000) / LOOK_SECONDS)
  }

  return {
    residentBytes: (await readProcessMemory(pid)).residentBytes,
    usPerSecond: median(looks)
  }
}
