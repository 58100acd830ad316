import { describe, inject } from 'vitest'
import type { RedisBinary, RedisSource, RedisUrl } from './find-redis.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** What global-setup.ts has found. */
    redis: RedisSource
  }

  interface TaskMeta {
    /** Counted and explained at the end of the run. */
    skippedForRedis?: true
  }
}

/**
 * Tests that need some Redis: a binary to start (`startRedisServer`), or the URL of a running one
 * that other tests use too. Skipped where there is none.
 */
export function describeWithRedis(name: string, fn: (redis: RedisBinary | RedisUrl) => void): void {
  const redis = inject('redis')

  if (redis.kind === 'none') {
    describe(name, { skip: true, meta: { skippedForRedis: true } }, () => fn(UNUSED_BINARY))
  } else {
    describe(name, () => fn(redis))
  }
}

/** Tests that stop, hang or configure a server, and therefore start one: a URL is not enough. */
export function describeWithRedisServer(name: string, fn: (binary: RedisBinary) => void): void {
  const redis = inject('redis')

  if (redis.kind === 'binary') {
    describe(name, () => fn(redis))
  } else {
    describe(name, { skip: true, meta: { skippedForRedis: true } }, () => fn(UNUSED_BINARY))
  }
}

/** Skipped tests are still collected, so that they can be counted; none of them runs. */
const UNUSED_BINARY: RedisBinary = { kind: 'binary', path: '', env: {} }
