import { resolve } from 'node:path'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { deriveKey, ExitCode, readSeedFile } from '@rendezvous-cluster/front'
import { Command, InvalidArgumentError, Option } from 'commander'
import { callerFolder } from '../caller-folder.ts'
import { toCount, toMultiaddrTemplate, toWholeNumber } from '../client-options.ts'
import { reportFailure } from '../report-failure.ts'

interface DeriveOptions {
  seedFile: string
  clusterName: string
  count: number
  first: number
  announce?: string
  json?: boolean
}

interface DerivedNode {
  ordinal: number
  peerId: string
  /** Where clients reach it; absent without --announce. */
  multiaddr?: string
  /** TXT record of `_dnsaddr.<domain>`; absent without --announce. */
  dnsaddr?: string
}

/** As `serve --ordinal` allows. */
const ORDINAL_MAX = 99_999

/** `rendezvous key derive` */
export function deriveCommand(): Command {
  return new Command('derive')
    .description('Print the peer ids of a cluster’s nodes, with addresses to publish.')
    .requiredOption('--seed-file <path>', 'seed of the cluster')
    .option('--cluster-name <name>', 'name of the cluster', 'rendezvous')
    .addOption(new Option('--count <n>', 'nodes').argParser(toCount).default(1))
    .addOption(new Option('--first <n>', 'first ordinal').argParser(toOrdinal).default(0))
    .addOption(
      new Option(
        '--announce <multiaddr>',
        'address of a node, {} standing for its ordinal, such as /dns4/rdv-{}.example.org/tcp/60000'
      ).argParser(toMultiaddrTemplate)
    )
    .option('--json', 'print JSON')
    .action(async (options: DeriveOptions, command: Command) => {
      const problem = problemOf(options)

      if (problem != null) {
        command.error(`error: ${problem}`, { exitCode: ExitCode.BAD_CONFIG })
      }

      try {
        print(await derive(options), options)
      } catch (error) {
        reportFailure(error, options.json)
      }
    })
}

/** What is wrong with options that are each allowed; nothing if they go together. */
function problemOf({ count, first, announce }: DeriveOptions): string | undefined {
  if (first + count - 1 > ORDINAL_MAX) {
    return `ordinals end at ${ORDINAL_MAX}`
  }

  return count > 1 && announce?.includes('{}') === false
    ? '--announce has no {} for the ordinal: every node needs an address of its own'
    : undefined
}

async function derive(options: DeriveOptions): Promise<DerivedNode[]> {
  const { seedFile, clusterName, count, first, announce } = options
  const seed = await readSeedFile(resolve(callerFolder(), seedFile))
  const nodes: DerivedNode[] = []

  for (let ordinal = first; ordinal < first + count; ordinal++) {
    const peerId = peerIdFromPrivateKey(await deriveKey(seed, clusterName, ordinal)).toString()

    if (announce == null) {
      nodes.push({ ordinal, peerId })
    } else {
      const multiaddr = `${announce.replaceAll('{}', String(ordinal))}/p2p/${peerId}`

      nodes.push({ ordinal, peerId, multiaddr, dnsaddr: `dnsaddr=${multiaddr}` })
    }
  }

  return nodes
}

function print(nodes: DerivedNode[], { json }: DeriveOptions): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ nodes })}\n`)

    return
  }

  for (const { ordinal, peerId, multiaddr } of nodes) {
    process.stdout.write(`${ordinal}  ${multiaddr ?? peerId}\n`)
  }

  const records = nodes.flatMap(({ dnsaddr }) => dnsaddr ?? [])

  if (records.length > 0) {
    process.stdout.write('\nTXT records of _dnsaddr.<domain>:\n')
  }

  for (const record of records) {
    process.stdout.write(`  "${record}"\n`)
  }
}

function toOrdinal(text: string): number {
  const ordinal = toWholeNumber(text)

  if (ordinal < 0) {
    throw new InvalidArgumentError('give 0 or more.')
  }

  return ordinal
}
