import { setTimeout as delay } from 'node:timers/promises'
import { readProcessMemory } from '../../../test/support/process-memory.ts'
import type { LoadProcess } from './load/start-load.ts'
import { openSockets } from './open-sockets.ts'
import { cpuSeconds } from './process-usage.ts'
import type { BenchServer } from './servers/bench-server.ts'

/** Connections that come and go first: what is loaded and compiled with them is of no connection. */
const FIRST_CONNECTIONS = 50

/** After connections were opened or closed, until what that has caused is done. */
const SETTLE_MS = 2000

const LOOK_SECONDS = 5

/** What connections that are held open cost a server, beyond what it costs without them. */
export interface MeasuredIdle {
  connections: number
  /** KiB of resident memory per connection. */
  kibEach: number
  /** Microseconds of processor time per second and connection. */
  usPerSecondEach: number
}

/**
 * @param server - that has served nobody yet: memory it has had for others would be used again
 * @throws Error unless the kernel has as many connections to the server as were opened
 */
export async function measureIdle(
  server: BenchServer,
  load: LoadProcess,
  connections: number
): Promise<MeasuredIdle> {
  await load.hold(Math.min(FIRST_CONNECTIONS, connections))
  await load.release()
  await delay(SETTLE_MS)

  const port = Number(/\/tcp\/(\d+)/.exec(server.target.point)?.[1])
  const openBefore = await openSockets(port)
  const without = await lookAt(server)

  await load.hold(connections)
  await delay(SETTLE_MS)

  const opened = (await openSockets(port)) - openBefore

  if (opened < connections) {
    throw new Error(`${server.name}: ${opened} of ${connections} connections are open`)
  }

  const withThem = await lookAt(server)

  await load.release()

  return {
    connections,
    kibEach: (withThem.residentBytes - without.residentBytes) / 1024 / connections,
    usPerSecondEach: (withThem.usPerSecond - without.usPerSecond) / connections
  }
}

async function lookAt({ pid }: BenchServer) {
  const seconds = await cpuSeconds(pid)

  await delay(LOOK_SECONDS * 1000)

  return {
    residentBytes: (await readProcessMemory(pid)).residentBytes,
    usPerSecond: (((await cpuSeconds(pid)) - seconds) * 1_000_000) / LOOK_SECONDS
  }
}
