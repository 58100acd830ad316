import { join } from 'node:path'
import type { DialectName } from '@rendezvous-cluster/wire'
import { startFrontProcess } from '../../../../test/interop/support/front-process.ts'
import { findRedisBinary } from '../../../../test/support/find-redis.ts'
import { startRedisServer } from '../../../../test/support/redis-server.ts'
import type { BenchServerKind } from './bench-server.ts'

/** Longer than any measurement takes: what is filled in has to stay. */
const STAYS_SECONDS = 86_400

/** As the image starts it. */
export const NODE_ARGS = ['--v8-pool-size=1']

/** Few peers stand for many here, so what one peer may do is not bounded. */
export const UNBOUNDED = {
  'peer-cost-rate': '1000000',
  'peer-cost-burst': '10000000',
  'peer-bytes-rate': '1GiB',
  'peer-bytes-burst': '1GiB',
  'idle-stream': '3600',
  'max-messages-per-stream': '1000000000',
  'max-registrations-per-peer': '100000',
  'log-level': 'error'
}

export interface OurServerInit {
  store: 'memory' | 'redis'
  /** One that another server speaks too. */
  dialect: Extract<DialectName, 'waku' | 'libp2p'>
  /** What its connections are made of. Default: `composed`. */
  engine?: 'libp2p' | 'composed'
  /** Another checkout of this project, compiled. Default: this one. */
  checkout?: string
  /** Of Node itself, besides {@link NODE_ARGS}. Default: none. */
  nodeArgs?: readonly string[]
}

/** By name, as `--server` takes it. */
export const OUR_SERVERS: Readonly<Record<string, OurServerInit>> = {
  'ours-waku': { store: 'redis', dialect: 'waku' },
  'ours-libp2p': { store: 'redis', dialect: 'libp2p' },
  'ours-memory': { store: 'memory', dialect: 'libp2p' },
  'ours-engine-libp2p': { store: 'memory', dialect: 'libp2p', engine: 'libp2p' }
}

/** A front node as its operators run it. */
export function ourServer({
  store,
  dialect,
  engine = 'composed',
  checkout,
  nodeArgs = []
}: OurServerInit): BenchServerKind {
  const which = checkout == null ? 'ours' : 'before'
  const name = [
    which,
    store === 'redis' ? 'Redis' : 'memory',
    dialect,
    ...(engine === 'composed' ? [] : [`engine ${engine}`])
  ].join(', ')
  const program = checkout == null ? undefined : join(checkout, 'apps/cli/dist/main.js')

  return {
    name,
    // Redis is what holds millions.
    liveMax: store === 'redis' ? undefined : 100_000,
    description: `a front node, --engine ${engine}, ${store === 'redis' ? 'one Redis' : 'registrations in memory'}${checkout == null ? '' : `, of ${checkout}`}`,
    async start() {
      const redis = store === 'redis' ? await startRedisServer(await findRedisBinary()) : undefined
      const front = await startFrontProcess(
        {
          store: redis?.url ?? 'memory:',
          protocols: 'waku,libp2p',
          engine,
          ...UNBOUNDED
        },
        { nodeArgs: [...NODE_ARGS, ...nodeArgs], program }
      )

      return {
        name,
        pid: front.pid,
        redisPid: redis?.pid,
        target: {
          point: front.point,
          dialect,
          recordKind: 'peer-record',
          ttlSeconds: dialect === 'waku' ? 20 : STAYS_SECONDS
        },
        // What is registered through one dialect is found through all, and this one lasts longest.
        fill: { dialect: 'libp2p', ttlSeconds: STAYS_SECONDS },
        async stop() {
          await front.kill('SIGTERM')
          await redis?.stop()
        }
      }
    }
  }
}
