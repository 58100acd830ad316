import { readProcessMemory } from '../../../test/support/process-memory.ts'
import type { LoadRun, RunRequest } from './load/load-request.ts'
import type { LoadProcess } from './load/start-load.ts'
import { openSockets } from './open-sockets.ts'
import { cpuSeconds } from './process-usage.ts'
import type { BenchServer } from './servers/bench-server.ts'

/** What one stretch of load cost a server. */
export interface Measured {
  operations: number
  failed: number
  reasons: string[]
  operationsPerSecond: number
  /** Microseconds of processor time of the server's own process, per operation. */
  serverUs: number
  /** The same of Redis. */
  redisUs?: number
  /** Milliseconds. */
  p50: number
  p99: number
  p999: number
  /** In an answer to DISCOVER, on average. */
  registrations: number
}

/** What connections that are held open cost a server. */
export interface MeasuredIdle {
  connections: number
  /** KiB of resident memory per connection. */
  kibEach: number
  /** Microseconds of processor time per second and connection. */
  usPerSecondEach: number
}

export async function measure(
  server: BenchServer,
  load: LoadProcess,
  request: RunRequest
): Promise<Measured> {
  const before = await usageOf(server)
  const run: LoadRun = await load.run(request)
  const after = await usageOf(server)
  // Those that failed have cost too, and are told.
  const each = (seconds: number) => (seconds * 1_000_000) / Math.max(1, run.operations)

  return {
    operations: run.operations,
    failed: run.failed,
    reasons: run.reasons,
    operationsPerSecond: run.operations / run.seconds,
    serverUs: each(after.server - before.server),
    redisUs: server.redisPid == null ? undefined : each(after.redis - before.redis),
    p50: run.p50,
    p99: run.p99,
    p999: run.p999,
    registrations: run.registrations
  }
}

/** @throws Error unless the kernel has as many connections to the server as were opened */
export async function measureIdle(
  server: BenchServer,
  load: LoadProcess,
  connections: number,
  seconds: number
): Promise<MeasuredIdle> {
  const port = Number(/\/tcp\/(\d+)/.exec(server.target.point)?.[1])
  const openBefore = await openSockets(port)
  const { residentBytes: emptyBytes } = await readProcessMemory(server.pid)

  await load.hold(connections)

  const opened = (await openSockets(port)) - openBefore

  if (opened < connections) {
    throw new Error(`${server.name}: ${opened} of ${connections} connections are open`)
  }

  const fromSeconds = await cpuSeconds(server.pid)

  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))

  const cpu = (await cpuSeconds(server.pid)) - fromSeconds
  const { residentBytes } = await readProcessMemory(server.pid)

  await load.release()

  return {
    connections,
    kibEach: (residentBytes - emptyBytes) / 1024 / connections,
    usPerSecondEach: (cpu * 1_000_000) / seconds / connections
  }
}

async function usageOf({ pid, redisPid }: BenchServer): Promise<{ server: number; redis: number }> {
  return {
    server: await cpuSeconds(pid),
    redis: redisPid == null ? 0 : await cpuSeconds(redisPid)
  }
}
