import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { describeWithRedis } from '../../support/describe-with-redis.ts'
import { useRedisUrl } from '../../support/redis-url.ts'
import { describePeer } from './describe-peer.ts'
import type { RustPeer } from './find-rust-peer.ts'
import { type FrontProcess, startFrontProcess } from './front-process.ts'
import { connectOurPeer, type OurPeer } from './our-peer.ts'
import type { PeerProgram } from './peer-program.ts'
import { RustClient, type RustFlags, RustProcess } from './rust-peer.ts'

const PROTOCOLS = 'waku,libp2p,waku1'

/** What a test with Rust peers starts; all of it is ended when the test ends. */
export interface RustPeers {
  /** Connected to these points, by default with a key of its own. */
  client(points: readonly string[], flags?: RustFlags): Promise<RustClient>
  /** @returns the multiaddr of a server */
  server(flags?: RustFlags): Promise<string>
  ours(...args: Parameters<typeof connectOurPeer>): Promise<OurPeer>
  /** A namespace that no other test knows. */
  namespace: string
}

export interface RustInterop extends RustPeers {
  /** Front nodes on one Redis, the same ones for all tests of a file. */
  nodes: readonly FrontProcess[]
  redisUrl(): string
}

/** Tests with Rust clients at so many front nodes. */
export function describeRustClients(
  name: string,
  { program }: RustPeer,
  nodeCount: number,
  tests: (interop: RustInterop) => void
): void {
  describePeer(name, program, (found) =>
    describeWithRedis(`at ${nodeCount} front nodes`, (redis) => {
      const redisUrl = useRedisUrl(redis)
      const nodes: FrontProcess[] = []

      beforeAll(async () => {
        for (let node = 0; node < nodeCount; node++) {
          nodes.push(await startFrontProcess({ store: redisUrl(), protocols: PROTOCOLS }))
        }
      })

      afterAll(() => Promise.all(nodes.map((node) => node.kill())))

      tests(Object.assign(useRustPeers(found), { nodes, redisUrl }))
    })
  )
}

/** Tests with Rust servers. */
export function describeRustServer(
  name: string,
  { program }: RustPeer,
  tests: (peers: RustPeers) => void
): void {
  describePeer(name, program, (found) => tests(useRustPeers(found)))
}

function useRustPeers(program: PeerProgram): RustPeers {
  const started: (() => Promise<unknown>)[] = []
  let seed = 0

  function start(role: 'client' | 'server', flags: RustFlags): RustProcess {
    const process = new RustProcess(program, role, { seed: ++seed, ...flags })

    started.push(() => process.kill())

    return process
  }

  const peers: RustPeers = {
    namespace: '',
    client: (points, flags = {}) => RustClient.connect(start('client', flags), points),
    async server(flags = {}) {
      const line = await start('server', flags).next<{ event: string; multiaddr: string }>([
        'listening'
      ])

      return line.multiaddr
    },
    async ours(...args) {
      const peer = await connectOurPeer(...args)

      started.push(() => peer.stop())

      return peer
    }
  }

  beforeEach(() => {
    peers.namespace = `/interop/${randomUUID()}`
  })

  afterEach(() => Promise.all(started.splice(0).map((end) => end())))

  return peers
}
