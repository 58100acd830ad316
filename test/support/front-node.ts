import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { FrontNode, loadConfig } from '@rendezvous-cluster/front'
import { pino } from 'pino'

export interface TestFrontNode {
  /** Its one address on loopback, ending in its peer id. */
  point: Multiaddr
  /** The same without libp2p. */
  tcp: { host: string; port: number }
  /** URL of its sidecar. */
  sidecar: string
  node: FrontNode
  stop(): Promise<void>
}

/** A whole front node in this process, on free loopback ports, with flags as on the command line. */
export async function startTestFrontNode(
  flags: Record<string, string | string[]> = {}
): Promise<TestFrontNode> {
  const config = loadConfig({
    flags: { listen: '/ip4/127.0.0.1/tcp/0', sidecar: '127.0.0.1:0', ...flags },
    env: {},
    cwd: process.cwd()
  })
  const node = new FrontNode({ config, log: pino({ level: 'silent' }) })

  await node.start()

  const { multiaddrs, sidecar } = node.status()

  const [, host = '', port] = /^\/ip4\/([^/]+)\/tcp\/(\d+)/.exec(multiaddrs[0] as string) ?? []

  return {
    point: multiaddr(multiaddrs[0] as string),
    tcp: { host, port: Number(port) },
    sidecar,
    node,
    stop: () => node.stop({ delayMs: 0, drainMs: 0 })
  }
}
