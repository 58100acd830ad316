import { setTimeout as delay } from 'node:timers/promises'
import type { ProxiedTopology } from './proxied-topology.ts'

type Topology = ProxiedTopology['topology']['kind']

/** One way in which Redis, or the way to it, fails and comes back. */
export interface Fault {
  name: string
  topology: Topology
  /** What fails: only one of its kind at a time. */
  target: 'server' | 'way'
  /** Whether what was acknowledged before its end may be gone: replicas are behind their primary. */
  losesData: boolean
  /** How long front nodes may fail from its beginning, in milliseconds. */
  recoversWithinMs: number
  /** Begins it. The function returned ends it, and leaves the topology whole. */
  begin(redis: ProxiedTopology): Promise<() => Promise<void>>
  /** How long it lasts before it is ended, in milliseconds. */
  lastsMs: number
}

const TOPOLOGIES: readonly Topology[] = ['standalone', 'sentinel', 'cluster']

/** Detection takes a second, a new primary is chosen, and clients find it. */
const KILL_RECOVERY_MS = 5000
const HANG_RECOVERY_MS = 8000

/** Where nobody takes over, front nodes have this long after the end of the fault. */
const RETURN_MS = 2000

export const FAULTS: readonly Fault[] = [
  {
    name: 'kill and restart',
    topology: 'standalone',
    target: 'server',
    losesData: true,
    lastsMs: 1000,
    recoversWithinMs: 1000 + RETURN_MS,
    begin: kill
  },
  {
    name: 'hang',
    topology: 'standalone',
    target: 'server',
    losesData: false,
    lastsMs: 5000,
    recoversWithinMs: 5000 + RETURN_MS,
    begin: hang
  },
  ...(['sentinel', 'cluster'] as const).flatMap((topology): Fault[] => [
    {
      name: 'kill a primary',
      topology,
      target: 'server',
      losesData: true,
      lastsMs: 8000,
      recoversWithinMs: KILL_RECOVERY_MS,
      begin: kill
    },
    {
      name: 'hang of a primary',
      topology,
      target: 'server',
      losesData: true,
      lastsMs: 10_000,
      recoversWithinMs: HANG_RECOVERY_MS,
      begin: hang
    },
    {
      name: 'planned failover',
      topology,
      target: 'server',
      losesData: true,
      lastsMs: 0,
      recoversWithinMs: KILL_RECOVERY_MS,
      async begin({ topology }) {
        await topology.failover()

        return () => topology.settled()
      }
    }
  ]),
  ...TOPOLOGIES.flatMap((topology): Fault[] => [
    {
      name: 'network cut',
      topology,
      target: 'way',
      losesData: false,
      lastsMs: 3000,
      recoversWithinMs: 3000 + RETURN_MS,
      async begin(redis) {
        return onEachProxy(redis, (proxy) => proxy.cut())
      }
    },
    {
      name: '200 ms latency',
      topology,
      target: 'way',
      losesData: false,
      lastsMs: 5000,
      recoversWithinMs: 5000 + RETURN_MS,
      async begin(redis) {
        return onEachProxy(redis, (proxy) => proxy.delay(100))
      }
    }
  ])
]

async function kill({ topology }: ProxiedTopology) {
  const [primary] = await topology.primaries()

  await primary?.kill()

  return async () => {
    await primary?.restart()
    await topology.settled()
  }
}

async function hang({ topology }: ProxiedTopology) {
  const [primary] = await topology.primaries()

  primary?.suspend()

  return async () => {
    primary?.resume()
    await topology.settled()
  }
}

/** The round trip takes both directions' time. */
async function onEachProxy(
  { topology, proxyOf }: ProxiedTopology,
  fail: (proxy: ReturnType<ProxiedTopology['proxyOf']>) => void
) {
  for (const server of topology.servers) {
    fail(proxyOf(server))
  }

  return async () => {
    for (const server of topology.servers) {
      proxyOf(server).heal()
    }

    await delay(0)
  }
}
