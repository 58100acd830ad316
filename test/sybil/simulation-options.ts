import { parseArgs } from 'node:util'
import { parseRedisUrl } from '@rendezvous-cluster/stores'
import { UsageError, wholeNumber } from '../support/run-command.ts'

export const HELP = `Usage: npm run simulate-sybil -- [options]
  --honest <n>             honest peers (default: 1000)
  --honest-per-prefix <n>  of them in each IP prefix of theirs (default: 1)
  --prefixes <list>        IP prefixes of the attacker, a run for each number (default: 1,3,10,100)
  --peers-per-prefix <n>   peer ids that it registers from each (default: 5000)
  --cap <n>                registrations of a prefix, where they are capped (default: 10)
  --limit <n>              registrations that a DISCOVER asks for (default: 50)
  --discovers <n>          DISCOVERs of each run (default: 1000)
  --seed <n>               draws the order of registrations, and what memory: answers (default: 1)
  --store <url>            memory:, or a Redis, from which all is removed again (default: memory:)
  --report [<file>]        write a Markdown report (default: docs/withstands-sybil.md)
  --json                   print the figures as JSON
  --help`

/** Registrations of one run: all of them are in this process's memory too. */
const REGISTRATIONS_MAX = 1_000_000

const PREFIXES_MAX = 100_000
const PEERS_PER_PREFIX_MAX = 100_000
const DISCOVER_LIMIT_MAX = 1000
const DISCOVERS_MAX = 1_000_000
const RUNS_MAX = 20

export type SimulationOptions = ReturnType<typeof parseOptions>

/** @throws UsageError, or what `parseArgs` throws for options that there are not */
export function parseOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      honest: { type: 'string', default: '1000' },
      'honest-per-prefix': { type: 'string', default: '1' },
      prefixes: { type: 'string', default: '1,3,10,100' },
      'peers-per-prefix': { type: 'string', default: '5000' },
      cap: { type: 'string', default: '10' },
      limit: { type: 'string', default: '50' },
      discovers: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      store: { type: 'string', default: 'memory:' },
      report: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })
  const options = {
    honest: wholeNumber(values.honest, '--honest', { max: REGISTRATIONS_MAX }),
    honestPerPrefix: wholeNumber(values['honest-per-prefix'], '--honest-per-prefix', {
      max: REGISTRATIONS_MAX
    }),
    prefixes: prefixesOf(values.prefixes),
    peersPerPrefix: wholeNumber(values['peers-per-prefix'], '--peers-per-prefix', {
      max: PEERS_PER_PREFIX_MAX
    }),
    cap: wholeNumber(values.cap, '--cap', { max: REGISTRATIONS_MAX }),
    limit: wholeNumber(values.limit, '--limit', { max: DISCOVER_LIMIT_MAX }),
    discovers: wholeNumber(values.discovers, '--discovers', { max: DISCOVERS_MAX }),
    seed: wholeNumber(values.seed, '--seed', { max: 2 ** 32 - 1 }),
    store: storeOf(values.store),
    report: values.report,
    json: values.json,
    help: values.help
  }

  if (options.honest + Math.max(...options.prefixes) * options.peersPerPrefix > REGISTRATIONS_MAX) {
    throw new UsageError(
      `--honest and --prefixes times --peers-per-prefix: give at most ${REGISTRATIONS_MAX} in all`
    )
  }

  return options
}

/** The options that make the same run, but for the URL of a Redis. */
export function reproducing(options: SimulationOptions): string {
  const { honest, honestPerPrefix, prefixes, peersPerPrefix, cap, limit, discovers, seed } = options
  const flags = {
    honest,
    'honest-per-prefix': honestPerPrefix,
    prefixes: prefixes.join(','),
    'peers-per-prefix': peersPerPrefix,
    cap,
    limit,
    discovers,
    seed
  }

  return Object.entries(flags)
    .map(([name, value]) => `--${name} ${value}`)
    .join(' ')
}

function prefixesOf(text: string): number[] {
  const prefixes = text
    .split(',')
    .map((part) => wholeNumber(part, '--prefixes', { max: PREFIXES_MAX }))

  if (prefixes.length > RUNS_MAX) {
    throw new UsageError(`--prefixes: give at most ${RUNS_MAX} numbers`)
  }

  return prefixes
}

function storeOf(text: string): string {
  if (text !== 'memory:' && parseRedisUrl(text) == null) {
    throw new UsageError(
      '--store: give memory: or the URL of a Redis, as rendezvous serve takes it'
    )
  }

  return text
}
