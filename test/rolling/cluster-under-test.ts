import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FrontProcess, startFrontProcess } from '../interop/support/front-process.ts'
import type { RedisBinary } from '../support/find-redis.ts'
import { findFreePort, type RedisServer, startRedisServer } from '../support/redis-server.ts'
import type { ReplacementSignal } from './plan.ts'

/** When what happened, in milliseconds since 1970. */
export interface ReplacedNode {
  signalledAtMs: number
  endedAtMs: number
  /** Its successor serves. */
  servingAtMs: number
}

export interface ClusterNode {
  /** Stays over all replacements. */
  readonly point: string
  readonly peerId: string
}

/** Front node processes on one real Redis, each with a key file and a port of its own. */
export class ClusterUnderTest {
  readonly #redis: RedisServer
  readonly #directory: string
  readonly #flags: Record<string, string>[] = []
  readonly #fronts: FrontProcess[] = []

  private constructor(redis: RedisServer, directory: string) {
    this.#redis = redis
    this.#directory = directory
  }

  static async start(init: {
    redis: RedisBinary
    nodes: number
    drainSeconds: number
    requestDeadlineMs: number
  }): Promise<ClusterUnderTest> {
    const redis = await startRedisServer({ binary: init.redis })
    const directory = await mkdtemp(join(tmpdir(), 'rendezvous-rolling-'))
    const cluster = new ClusterUnderTest(redis, directory)

    try {
      for (let index = 0; index < init.nodes; index++) {
        cluster.#flags.push({
          store: redis.url,
          listen: `/ip4/127.0.0.1/tcp/${await findFreePort()}`,
          'key-file': join(directory, `node-${index}.key`),
          'drain-seconds': String(init.drainSeconds),
          'request-deadline': String(init.requestDeadlineMs / 1000)
        })
      }

      for (const flags of cluster.#flags) {
        cluster.#fronts.push(await startFrontProcess(flags))
      }
    } catch (error) {
      await cluster.stop()

      throw error
    }

    return cluster
  }

  get nodes(): readonly ClusterNode[] {
    return this.#fronts
  }

  /**
   * Ends a node by a signal and starts its successor with the same key at the same address.
   *
   * @throws Error if it was asked to leave and did not do so in order, or is another one afterwards
   */
  async replace(index: number, signal: ReplacementSignal): Promise<ReplacedNode> {
    const before = this.#fronts[index] as FrontProcess
    const signalledAtMs = Date.now()
    const { code } = await before.kill(signal)
    const endedAtMs = Date.now()

    if (signal === 'SIGTERM' && (code !== 0 || before.stderr() !== '')) {
      throw new Error(`a front node ended with ${code} after ${signal}: ${before.stderr()}`)
    }

    const successor = await startFrontProcess(this.#flags[index])

    this.#fronts[index] = successor

    if (successor.point !== before.point) {
      throw new Error(`${before.point} came back as ${successor.point}`)
    }

    return { signalledAtMs, endedAtMs, servingAtMs: Date.now() }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#fronts.map((front) => front.kill()))
    await this.#redis.stop()
    await rm(this.#directory, { recursive: true, force: true })
  }
}
