import { multiaddr } from '@multiformats/multiaddr'
import { Command, Option } from 'commander'
import { secondsOption } from '../client-options.ts'
import { createPingNode } from '../peer-node.ts'
import { printFields } from '../print-fields.ts'
import { reportFailure } from '../report-failure.ts'
import { askSidecar, sidecarOption } from '../sidecar.ts'

interface HealthcheckOptions {
  sidecar: URL
  /** In milliseconds. */
  timeout: number
  json?: boolean
}

/** What is needed of `/api/v1/node`. */
interface NodeAddresses {
  peerId: string
  listening: string[]
}

/** `rendezvous healthcheck`: connects to a front node on this host as any peer would. */
export function healthcheckCommand(): Command {
  return new Command('healthcheck')
    .description('Connect to the front node on this host as a peer would, and ping it.')
    .addOption(sidecarOption('sidecar of the node, which knows where it listens'))
    .addOption(secondsOption('--timeout', 'for all of it', 5))
    .addOption(new Option('--json', 'print JSON'))
    .action(async ({ sidecar, timeout: timeoutMs, json }: HealthcheckOptions) => {
      const signal = AbortSignal.timeout(timeoutMs)

      try {
        printFields(await pingNode(sidecar, signal), json)
      } catch (error) {
        reportFailure(
          signal.aborted ? new Error(`no answer in ${timeoutMs / 1000} s`) : error,
          json
        )
      }
    })
}

async function pingNode(sidecar: URL, signal: AbortSignal) {
  const { peerId, listening } = await askSidecar<NodeAddresses>(sidecar, '/api/v1/node', signal)
  const address = nearest(listening)

  if (address == null) {
    throw new Error('the node does not listen: it starts, or stops')
  }

  const node = await createPingNode()

  try {
    return {
      peerId,
      address,
      milliseconds: await node.services.ping.ping(multiaddr(address), { signal })
    }
  } finally {
    await node.stop()
  }
}

/** Loopback before others, and TCP before WebSockets: their certificate may be for another name. */
function nearest(addresses: readonly string[]): string | undefined {
  const rank = (address: string): number =>
    (/^\/(ip4\/127\.|ip6\/::1\/)/.test(address) ? 0 : 1) + (address.includes('/ws') ? 2 : 0)

  return addresses.toSorted((a, b) => rank(a) - rank(b))[0]
}
