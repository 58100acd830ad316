import { writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeReportHead } from '../../../test/support/report-head.ts'
import { oneOf, untilInterrupted, wholeNumber } from '../../../test/support/run-command.ts'
import { describePeers } from './describe-peers.ts'
import { OPERATION_FLAGS, operationOf } from './operation-flags.ts'
import { plotPeers } from './plot-peers.ts'
import { runPeers, type ServerResult } from './run-peers.ts'
import type { BenchServerKind } from './servers/bench-server.ts'
import { OUR_SERVERS, ourServer } from './servers/our-server.ts'
import { goRendezvous, goSeed, rust, stock } from './servers/peer-servers.ts'

const KINDS: Readonly<Record<string, BenchServerKind>> = {
  ...Object.fromEntries(Object.entries(OUR_SERVERS).map(([name, init]) => [name, ourServer(init)])),
  'go-seed': goSeed,
  'go-libp2p': goRendezvous,
  rust,
  stock
}

export const PEERS_HELP = `Usage: npm run bench -- peers [options]
  --server <name>      one of ${Object.keys(KINDS).join(', ')};
                       may be given several times (default: all)
  --before <folder>    another checkout of this project, compiled: measured beside each of ours
  --operation <name>   one of ${OPERATION_FLAGS.join(', ')};
                       may be given several times (default: all)
  --live <list>        live registrations (default: 1000,100000,1000000;
                       the last with ours and Redis only, others take hours to fill or to measure)
  --rounds <n>         how often each is measured, in turns (default: 5)
  --seconds <n>        how long each time (default: 2)
  --idle <n>           connections held open beyond the first 1000 to see what they cost, 0 for none
                       (default: 3000)
  --report [<file>]    write a Markdown report (default: docs/benchmarks.md)
  --json               print the figures as JSON
  --help`

type Options = ReturnType<typeof parsePeersOptions>

/** @param args - behind `peers`
 *  @throws UsageError, or what Node's `parseArgs` does */
export function parsePeersOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      server: { type: 'string', multiple: true, default: Object.keys(KINDS) },
      before: { type: 'string' },
      operation: {
        type: 'string',
        multiple: true,
        default: [...OPERATION_FLAGS]
      },
      live: { type: 'string', default: '1000,100000,1000000' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
      idle: { type: 'string', default: '3000' },
      report: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })

  return {
    ...values,
    kinds: values.server.flatMap((name) => [kindOf(name), ...before(name, values.before)]),
    operations: values.operation.map((name) => operationOf(name)),
    live: values.live.split(',').map((text) => wholeNumber(text, '--live', { max: 1_000_000 })),
    rounds: wholeNumber(values.rounds, '--rounds', { max: 100 }),
    seconds: wholeNumber(values.seconds, '--seconds', { max: 3600 }),
    idle: wholeNumber(values.idle, '--idle', { min: 0, max: 20_000 })
  }
}

function kindOf(name: string): BenchServerKind {
  return KINDS[oneOf(name, Object.keys(KINDS), '--server')] as BenchServerKind
}

function before(name: string, checkout: string | undefined): BenchServerKind[] {
  const init = OUR_SERVERS[name]

  return init == null || checkout == null ? [] : [ourServer({ ...init, checkout })]
}

/** Starts ours and servers of other implementations, and measures them side by side. */
export async function benchPeers({ live, report, json, ...init }: Options): Promise<void> {
  const progress = (line: string) => void process.stderr.write(`${line}\n`)
  const results = await untilInterrupted(async (signal) => {
    const all: ServerResult[] = []

    for (const [index, count] of live.entries()) {
      // It does not depend on how many registrations there are.
      const once = { idle: index === 0 ? init.idle : 0, byItself: index === 0 }

      all.push(...(await runPeers({ ...init, ...once, live: count, progress }, { signal })))

      // What comes next takes longer, and may be interrupted.
      if (report != null) {
        await writeReport(report, all, init.kinds)
        progress(`${count} live: written to ${report}`)
      }
    }

    return all
  })

  if (results != null) {
    console.log(json ? JSON.stringify(results, undefined, 2) : describePeers(results, init.kinds))
  }
}

async function writeReport(
  file: string,
  results: readonly ServerResult[],
  kinds: readonly BenchServerKind[]
): Promise<void> {
  const head = await describeReportHead(
    'Beside other rendezvous servers',
    `npm run bench -- ${process.argv.slice(2).join(' ')}`
  )
  const plots = [...new Set(results.map(({ live }) => live))].map((live) => ({
    name: `${basename(file, '.md')}-${live}.svg`,
    svg: plotPeers(results, live)
  }))
  const pictures = plots.map(({ name }) => `![processor time per operation](${name})`)

  await writeFile(file, `${head}\n${describePeers(results, kinds)}\n${pictures.join('\n')}\n`)

  for (const { name, svg } of plots) {
    await writeFile(join(dirname(file), name), svg)
  }
}
