import { resolve } from 'node:path'
import type { DiscoveredPeer } from '@rendezvous-cluster/client'
import { readKeyFile } from '@rendezvous-cluster/front'
import { Command, Option } from 'commander'
import { callerFolder } from '../caller-folder.ts'
import { addClientOptions, type ClientOptions, toWholeNumber } from '../client-options.ts'
import { askAnyPoint, createPeerNode } from '../peer-node.ts'
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
      new Option('--limit <n>', 'most peers to ask for')
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
  const { point: points, protocol, namespace, limit, keyFile, timeout } = options
  const privateKey =
    keyFile == null ? undefined : await readKeyFile(resolve(callerFolder(), keyFile))
  const node = await createPeerNode({ privateKey })

  try {
    const { answer } = await askAnyPoint(
      { node, points, protocol, timeoutSeconds: timeout },
      (client, request) => client.discover({ namespace, limit }, request)
    )

    return answer
  } finally {
    await node.stop()
  }
}

function print(peers: DiscoveredPeer[], { json, namespace, limit }: DiscoverOptions): void {
  if (json) {
    const registrations = peers.map(({ peerId, multiaddrs, ttlSeconds }) => ({
      peerId: peerId.toString(),
      multiaddrs: multiaddrs.map(String),
      ttlSeconds
    }))

    process.stdout.write(`${JSON.stringify({ registrations })}\n`)

    return
  }

  if (peers.length === 0) {
    const text = new TextDecoder().decode(namespace.bytes)

    process.stderr.write(`nobody is registered in "${text}"\n`)
  }

  for (const { peerId, multiaddrs, ttlSeconds } of peers) {
    process.stdout.write(`${peerId.toString()}  ${ttlSeconds} s\n`)

    for (const address of multiaddrs) {
      process.stdout.write(`  ${address.toString()}\n`)
    }
  }

  if (peers.length === limit) {
    process.stderr.write('there may be more: ask for them with --limit\n')
  }
}
