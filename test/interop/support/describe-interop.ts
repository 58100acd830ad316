import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, inject } from 'vitest'
import { describeWithRedis } from '../../support/describe-with-redis.ts'
import type { RedisBinary, RedisUrl } from '../../support/find-redis.ts'
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts'
import { type FrontProcess, RENDEZVOUS, startFrontProcess } from './front-process.ts'
import { type GoFlags, type GoPeer, type GoSubcommand, startGoPeer } from './go-peer.ts'
import { JsonProcess } from './json-process.ts'
import type { FoundPeerProgram } from './peer-program.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** What global-setup.ts has built. */
    goPeer: FoundPeerProgram
  }

  interface TaskMeta {
    /** Counted and explained at the end of the run. */
    skippedForGo?: true
  }
}

/** What a test starts; all of it is killed when the test ends. */
export interface Interop {
  /** A front node process on the Redis of this test. */
  frontNode(flags?: Record<string, string>): Promise<FrontProcess>
  goPeer(subcommand: GoSubcommand, flags: GoFlags): GoPeer
  /** Any program that prints lines of JSON. */
  program<Line>(file: string, args: readonly string[]): JsonProcess<Line>
  /** `rendezvous …` from the shell. */
  rendezvous<Line>(...args: string[]): JsonProcess<Line>
  /** A namespace that no other test knows. */
  namespace: string
}

/** Tests with front node processes on one real Redis, and with Go peers. */
export function describeInterop(name: string, fn: (interop: Interop) => void): void {
  const goPeer = inject('goPeer')

  if (goPeer.kind === 'none') {
    describe(name, { skip: true, meta: { skippedForGo: true } }, () => fn(new Processes()))
  } else {
    describeWithRedis(name, (redis) => fn(useProcesses(redis, goPeer.file)))
  }
}

function useProcesses(redis: RedisBinary | RedisUrl, goPeerPath: string): Interop {
  const processes = new Processes()
  let server: RedisServer | undefined

  beforeEach(async () => {
    server = redis.kind === 'binary' ? await startRedisServer({ binary: redis }) : undefined
    processes.begin({ goPeerPath, redisUrl: redis.kind === 'url' ? redis.url : server?.url })
  })

  afterEach(async () => {
    await processes.end()
    await server?.stop()
  })

  return processes
}

class Processes implements Interop {
  namespace = ''
  #goPeerPath = ''
  #redisUrl = ''
  #started: { kill(): Promise<unknown> }[] = []

  begin({ goPeerPath = '', redisUrl = '' }: { goPeerPath?: string; redisUrl?: string }): void {
    this.#goPeerPath = goPeerPath
    this.#redisUrl = redisUrl
    this.namespace = `/interop/${randomUUID()}`
  }

  async end(): Promise<void> {
    await Promise.all(this.#started.splice(0).map((child) => child.kill()))
  }

  async frontNode(flags: Record<string, string> = {}): Promise<FrontProcess> {
    return this.#keep(await startFrontProcess({ store: this.#redisUrl, ...flags }))
  }

  goPeer(subcommand: GoSubcommand, flags: GoFlags): GoPeer {
    return this.#keep(startGoPeer(this.#goPeerPath, subcommand, flags))
  }

  program<Line>(file: string, args: readonly string[]): JsonProcess<Line> {
    return this.#keep(new JsonProcess<Line>(file, args))
  }

  rendezvous<Line>(...args: string[]): JsonProcess<Line> {
    return this.program<Line>(process.execPath, [RENDEZVOUS, ...args])
  }

  #keep<Started extends { kill(): Promise<unknown> }>(started: Started): Started {
    this.#started.push(started)

    return started
  }
}
