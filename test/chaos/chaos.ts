/**
 * Faults under load with a checker that knows what was acknowledged. Starts everything itself, on
 * loopback.
 *
 *     npm run test:chaos                          every fault of Redis once, about six minutes
 *     npm run test:chaos -- --seed 7 --seconds 60 faults of all kinds at once, and hostile peers
 *     npm run test:chaos -- --runs 20 --seconds 120 --report      the same with seeds 1 to 20
 *
 * The exit code is 1 where a requirement was not met.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { seededRandom } from '@rendezvous-cluster/stores/compliance'
import { findRedisBinary, type RedisBinary } from '../support/find-redis.ts'
import { describeReportHead, withReportDefault } from '../support/report-head.ts'
import { exitOnInterruption, runCommand, UsageError, wholeNumber } from '../support/run-command.ts'
import { describeRun, describeRuns } from './describe-runs.ts'
import { describeStorm, describeStorms, isPassed } from './describe-storms.ts'
import { FAULTS } from './faults.ts'
import { type FaultRun, runFaults } from './run-faults.ts'
import { runStorm, type StormRun } from './run-storm.ts'

const HELP = `Usage: npm run test:chaos -- [options]
  --seed <n>          faults of all kinds at once and hostile peers, drawn by this seed
                      (default: every fault of Redis once, one after the other)
  --runs <n>          the same with the seeds from 1 to n
  --seconds <n>       length of each of these runs (default: 60)
  --only <text>       without seed: only faults whose topology and name contain this,
                      e.g. "cluster hang"
  --report [<file>]   write a Markdown report (default: docs/reports/chaos.md with seeds,
                      docs/reports/faults.md without)
  --json              print the figures as JSON
  --help`

const SECONDS_MAX = 3600
const RUNS_MAX = 1000

type Options = ReturnType<typeof parseOptions>

/** What was run, in all the forms it is told in. */
interface Result {
  title: string
  command: string
  runs: readonly unknown[]
  text: string
  passed: number
}

await runCommand(HELP, parseOptions, run)

function parseOptions() {
  const isStorm = process.argv.some((arg) => /^--(seed|runs)\b/.test(arg))
  const { values } = parseArgs({
    args: withReportDefault(isStorm ? 'docs/reports/chaos.md' : 'docs/reports/faults.md'),
    options: {
      seed: { type: 'string' },
      runs: { type: 'string' },
      seconds: { type: 'string', default: '60' },
      only: { type: 'string', default: '' },
      report: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })

  if (values.seed != null && values.runs != null) {
    throw new UsageError('give --seed or --runs, not both')
  }

  return {
    ...values,
    seeds: seedsOf(values),
    seconds: wholeNumber(values.seconds, '--seconds', { max: SECONDS_MAX })
  }
}

/** None for every fault once. */
function seedsOf({ seed, runs }: { seed?: string; runs?: string }): number[] {
  if (seed != null) {
    return [wholeNumber(seed, '--seed', { max: 2 ** 32 })]
  }

  return runs == null
    ? []
    : Array.from(
        { length: wholeNumber(runs, '--runs', { max: RUNS_MAX }) },
        (_, index) => index + 1
      )
}

async function run(options: Options): Promise<void> {
  const { binary, description } = await findRedisBinary()

  exitOnInterruption()

  const { title, command, runs, text, passed } =
    options.seeds.length === 0
      ? await runEachFault(binary, options)
      : await runStorms(binary, options)

  console.log(options.json ? JSON.stringify(runs, undefined, 2) : text)

  if (options.report != null) {
    const head = await describeReportHead(title, command)

    await writeFile(options.report, `${head}\n${description.replace(/ \(.*/, '')}\n\n${text}`)
  }

  process.stderr.write(`${passed} passed, ${runs.length - passed} failed\n`)
  process.exitCode = passed === runs.length && runs.length > 0 ? 0 : 1
}

/** On every topology, one after the other. */
async function runEachFault(binary: RedisBinary, { only }: Options): Promise<Result> {
  const words = only.split(' ')
  const faults = FAULTS.filter(({ topology, name }) =>
    words.every((word) => `${topology} ${name}`.includes(word))
  )
  const runs: FaultRun[] = []

  for (const ofTopology of Map.groupBy(faults, ({ topology }) => topology).values()) {
    for await (const run of runFaults(binary, ofTopology, seededRandom(1))) {
      runs.push(run)
      process.stderr.write(`${describeRun(run)}\n`)
    }
  }

  return {
    title: 'Faults of Redis',
    command: 'npm run test:chaos -- --report',
    runs,
    text: describeRuns(runs),
    passed: runs.filter(({ isPassed }) => isPassed).length
  }
}

async function runStorms(binary: RedisBinary, { seeds, seed, seconds }: Options): Promise<Result> {
  const runs: StormRun[] = []

  for (const each of seeds) {
    const progress = (line: string): void => void process.stderr.write(`${line}\n`)
    const run = await runStorm({ binary, seed: each, seconds, progress })

    runs.push(run)
    process.stderr.write(`${describeStorm(run)}\n`)
  }

  const drawn = seed == null ? `--runs ${seeds.length}` : `--seed ${seed}`

  return {
    title: 'Faults of all kinds at once, among hostile peers',
    command: `npm run test:chaos -- ${drawn} --seconds ${seconds} --report`,
    runs,
    text: describeStorms(runs),
    passed: runs.filter(isPassed).length
  }
}
