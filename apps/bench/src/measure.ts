import type { LoadRun, RunRequest } from './load/load-request.ts'
import type { LoadProcess } from './load/start-load.ts'
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

async function usageOf({ pid, redisPid }: BenchServer): Promise<{ server: number; redis: number }> {
  return {
    server: await cpuSeconds(pid),
    redis: redisPid == null ? 0 : await cpuSeconds(redisPid)
  }
}
