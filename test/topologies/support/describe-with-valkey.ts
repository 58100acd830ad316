import { describe, inject } from 'vitest'
import { describeWithRedisServer } from '../../support/describe-with-redis.ts'
import type { NoRedis, RedisBinary } from '../../support/find-redis.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** What global-setup.ts has found. */
    valkey: RedisBinary | NoRedis
  }

  interface TaskMeta {
    /** Counted and explained at the end of the run. */
    skippedForValkey?: true
  }
}

/** Tests that start Valkey servers. Skipped where there is none. */
export function describeWithValkey(name: string, fn: (binary: RedisBinary) => void): void {
  const valkey = inject('valkey')

  if (valkey.kind === 'binary') {
    describe(name, () => fn(valkey))
  } else {
    describe(name, { skip: true, meta: { skippedForValkey: true } }, () => fn(UNUSED_BINARY))
  }
}

/** The same tests once with Redis and once with Valkey. */
export function describeWithBothServers(name: string, fn: (binary: RedisBinary) => void): void {
  describeWithRedisServer(`Redis: ${name}`, fn)
  describeWithValkey(`Valkey: ${name}`, fn)
}

/** Skipped tests are still collected, so that they can be counted; none of them runs. */
const UNUSED_BINARY: RedisBinary = { kind: 'binary', path: '', env: {} }
