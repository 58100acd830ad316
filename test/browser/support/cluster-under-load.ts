import { setTimeout as delay } from 'node:timers/promises'
import { multiaddr } from '@multiformats/multiaddr'
import type { DialectName } from '@rendezvous-cluster/wire'
import { type FrontProcess, startFrontProcess } from '../../interop/support/front-process.ts'
import { findRedisBinary } from '../../support/find-redis.ts'
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts'
import { connectTestClient, type TestClient } from '../../support/test-client.ts'

const NODES = 3

const CLIENTS = 12

const DIALECTS: readonly DialectName[] = ['waku', 'libp2p', 'waku1']

/** Takes records of another kind than the clients have. */
const ONLY_ASKED: DialectName = 'waku1'

/** Of one client, from the answer to one request to the next request, in milliseconds. */
const PAUSE_MS = 60

/** Waku takes no more. */
const TTL_SECONDS = 20

/** No dialect takes it: refusals show too. */
const TTL_REFUSED_SECONDS = 10 * 24 * 3600

/** Namespaces of the clients together. */
const NAMESPACES = 40

/** Three front nodes on one Redis, and peers that keep them busy. */
export interface ClusterUnderLoad {
  fronts: readonly FrontProcess[]
  redis: RedisServer
  stop(): Promise<void>
}

export async function startClusterUnderLoad(): Promise<ClusterUnderLoad> {
  const { binary } = await findRedisBinary()
  const redis = await startRedisServer({ binary })
  const fronts = await Promise.all(
    Array.from({ length: NODES }, () => startFrontProcess({ store: redis.url }))
  )
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, (_, index) => connect(fronts, index))
  )
  const ended = new AbortController()
  const loads = clients.map((each, index) => load(each, index, ended.signal))

  return {
    fronts,
    redis,
    async stop() {
      ended.abort()
      await Promise.all(loads)
      await Promise.all(clients.map(({ client }) => client.stop()))
      await Promise.all(fronts.map((front) => front.kill()))
      await redis.stop()
    }
  }
}

interface LoadClient {
  client: TestClient
  dialect: DialectName
}

async function connect(fronts: readonly FrontProcess[], index: number): Promise<LoadClient> {
  const point = multiaddr(fronts[index % NODES]?.point)
  // Each dialect at each node.
  const dialect = DIALECTS[Math.floor(index / NODES) % DIALECTS.length] as DialectName

  return { client: await connectTestClient(point, undefined, { dialect }), dialect }
}

/** Registers and discovers in turns, until the signal or until its node is gone. */
async function load(
  { client, dialect }: LoadClient,
  first: number,
  signal: AbortSignal
): Promise<void> {
  for (let turn = 0; !signal.aborted; turn++) {
    const namespace = `load/${(first * 7 + turn) % NAMESPACES}`

    try {
      if (dialect !== ONLY_ASKED) {
        await client.register(namespace, turn % 20 === 0 ? TTL_REFUSED_SECONDS : TTL_SECONDS)
      }

      await client.find(namespace)
    } catch {
      return
    }

    await delay(PAUSE_MS)
  }
}
