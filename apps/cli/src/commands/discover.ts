import type { DiscoveredPeer } from '@rendezvous-cluster/client'
import { DISCOVER_LIMIT_MAX } from '@rendezvous-cluster/rendezvous'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { Command, Option } from 'commander'
import { addClientOptions, type ClientOptions, toWholeNumber } from '../client-options.ts'
import { createRendezvousNode } from '../peer-node.ts'
import { peerFields, peerText } from '../print-peer.ts'
import { reportFailure } from '../report-failure.ts'

interface DiscoverOptions extends ClientOptions {
  limit: number
}

/** What Go clients ask for. Go servers work up to the square of it: 1000 takes them seconds. */
const LIMIT_DEFAULT = 50

/** `rendezvous discover`: ask once, print the peers whose records verify. */
export function discoverCommand(): Command {
  const command = new Command('discover').description('Print the peers registered in a namespace.')

  return addClientOptions(command)
    .addOption(
      new Option('--limit <n>', 'most peers to ask for; 0 for as many as points give')
        .argParser(toWholeNumber)
        .default(LIMIT_DEFAULT)
    )
    .action(async (options: DiscoverOptions) => {
      try {
        print(await discover(options), options)
      } catch (error) {
        reportFailure(error, options.json)
      }
    })
}

async function discover(options: DiscoverOptions): Promise<DiscoveredPeer[]> {
  const { namespace, limit } = options
  const node = await createRendezvousNode(options)

  try {
    const peers: DiscoveredPeer[] = []
    const found = node.services.rendezvous.discover(namespace.bytes, {
      // Points take a limit that is none for as many as they give.
      limit: limit > 0 ? limit : undefined,
      includeSelf: true
    })

    for await (const peer of found) {
      peers.push(peer)
    }

    return peers
  } finally {
    await node.stop()
  }
}

function print(peers: DiscoveredPeer[], options: DiscoverOptions): void {
  const { json, namespace } = options
  const more = mayHaveMore(peers.length, options)

  if (json) {
    process.stdout.write(`${JSON.stringify({ registrations: peers.map(peerFields), more })}\n`)

    return
  }

  if (peers.length === 0) {
    const text = new TextDecoder().decode(namespace.bytes)

    process.stderr.write(`nobody is registered in "${text}"\n`)
  }

  for (const peer of peers) {
    process.stdout.write(peerText(peer))
  }

  if (more) {
    process.stderr.write('there may be more: ask for them with --limit\n')
  }
}

/** Whether as many came as were asked for; `undefined` where no number was. */
function mayHaveMore(
  count: number,
  { limit, protocol }: Pick<DiscoverOptions, 'limit' | 'protocol'>
): boolean | undefined {
  // A sample is one answer, which holds no more than this.
  const most = DIALECTS[protocol].rules.isPaged ? limit : Math.min(limit, DISCOVER_LIMIT_MAX)

  return limit > 0 ? count >= most : undefined
}
