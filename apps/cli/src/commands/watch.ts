import type { DiscoveredPeer } from '@rendezvous-cluster/client'
import { Command } from 'commander'
import { addClientOptions, type ClientOptions, secondsOption } from '../client-options.ts'
import { createRendezvousNode } from '../peer-node.ts'
import { peerFields, peerText } from '../print-peer.ts'
import { reportFailure } from '../report-failure.ts'
import { tellOfPoints } from '../tell-of-points.ts'
import { untilInterrupted } from '../until-interrupted.ts'

interface WatchOptions extends ClientOptions {
  /** In milliseconds. */
  interval: number
}

const INTERVAL_SECONDS_DEFAULT = 5

/** `rendezvous watch`: print peers as they come, until interrupted. */
export function watchCommand(): Command {
  const command = new Command('watch').description(
    'Print the peers of a namespace, and further ones as they come, until interrupted. A peer is ' +
      'printed again with new addresses, or when it had not been registered for a minute.'
  )

  return addClientOptions(command)
    .addOption(secondsOption('--interval', 'how often a point is asked', INTERVAL_SECONDS_DEFAULT))
    .action(async (options: WatchOptions) => {
      try {
        await untilInterrupted((signal) => watch(options, signal))
      } catch (error) {
        reportFailure(error, options.json)
      }
    })
}

async function watch(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const node = await createRendezvousNode(options)
  const { rendezvous } = node.services

  try {
    const peers = rendezvous.watch(options.namespace.bytes, {
      signal,
      intervalMs: options.interval,
      includeSelf: true,
      onAsked: tellOfPoints(rendezvous)
    })

    for await (const peer of peers) {
      print(peer, options)
    }
  } finally {
    await node.stop()
  }
}

function print(peer: DiscoveredPeer, { json }: WatchOptions): void {
  process.stdout.write(
    json
      ? `${JSON.stringify(peerFields(peer))}\n`
      : `${new Date().toISOString()}  ${peerText(peer)}`
  )
}
