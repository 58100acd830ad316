import type { AbortOptions } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import {
  createLogger,
  FrontNode,
  loadConfig,
  type OpenStore,
  openStore
} from '@rendezvous-cluster/front'
import {
  DEMO_NODES,
  type DemoCluster,
  type DemoNode,
  type DemoNodeName,
  type DemoNodeState
} from './demo-cluster.ts'

/** A stop without patience: connections end at once. */
const ABRUPTLY = { delayMs: 0, drainMs: 0 }

interface InProcessNode extends DemoNode {
  name: DemoNodeName
  peerId: string
  point: Multiaddr
  sidecar: string
  state: DemoNodeState
  front: FrontNode
}

/** Three front nodes in this process that share one store in its memory. */
export async function startClusterInProcess({ signal }: AbortOptions = {}): Promise<DemoCluster> {
  const open = openOnce()
  const nodes: InProcessNode[] = []

  async function end(node: InProcessNode): Promise<void> {
    if (node.state === 'serving') {
      node.state = 'stopped'
      await node.front.stop(ABRUPTLY)
    }
  }

  async function stop(): Promise<void> {
    await Promise.all(nodes.map(end))
  }

  try {
    for (const name of DEMO_NODES) {
      nodes.push(await start(name, open, signal))
    }
  } catch (error) {
    await stop()

    throw error
  }

  return {
    nodes,
    kind: 'memory',
    description: 'one store in this process',
    async kill({ name }) {
      const node = nodes.find((node) => node.name === name)

      if (node != null) {
        await end(node)
      }
    },
    stop
  }
}

async function start(
  name: DemoNodeName,
  open: typeof openStore,
  signal?: AbortSignal
): Promise<InProcessNode> {
  const config = loadConfig({
    flags: { listen: '/ip4/127.0.0.1/tcp/0', sidecar: '127.0.0.1:0' },
    env: {},
    cwd: '.'
  })
  const front = new FrontNode({
    config,
    log: createLogger({ level: 'silent', json: true }),
    openStore: open
  })

  await front.start({ signal })

  const { peerId, multiaddrs, sidecar } = front.status()

  return { name, peerId, point: multiaddr(multiaddrs[0]), sidecar, state: 'serving', front }
}

/** Opens a store for the first node, which all others share. */
function openOnce(): typeof openStore {
  let shared: Promise<OpenStore> | undefined

  return (...args) => {
    shared ??= openStore(...args).then((opened) => {
      // A node closes its store when it stops, and the others go on with this one.
      opened.store.close = async () => {}

      return opened
    })

    return shared
  }
}
