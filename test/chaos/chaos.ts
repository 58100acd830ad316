/**
 * Faults of Redis and of the way to it, under load and with a checker that knows what was
 * acknowledged. Starts everything itself, on loopback.
 *
 *     npm run test:chaos                          every fault once, about six minutes
 *     npm run test:chaos -- --seed 7 --seconds 60 a sequence of faults drawn by a seed
 *     npm run test:chaos -- --report docs/reports/faults.md
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { seededRandom } from '@rendezvous-cluster/stores/compliance'
import { findRedis, type RedisBinary } from '../support/find-redis.ts'
import { describeReportHead, withReportDefault } from '../support/report-head.ts'
import { describeRun, describeRuns } from './describe-runs.ts'
import { FAULTS, type Fault } from './faults.ts'
import { type FaultRun, runFaults } from './run-faults.ts'

const HELP = `Usage: npm run test:chaos -- [options]
  --seed <n>          draw a sequence of faults by this seed (default: every fault once)
  --seconds <n>       length of that sequence (default: 60)
  --only <text>       only faults whose topology and name contain this, e.g. "cluster hang"
  --report [<file>]   write a Markdown report (default: docs/reports/faults.md)
  --json              print the figures as JSON
  --help`

await main()

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: withReportDefault('docs/reports/faults.md'),
    options: {
      seed: { type: 'string' },
      seconds: { type: 'string', default: '60' },
      only: { type: 'string', default: '' },
      report: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })

  if (values.help) {
    console.log(HELP)

    return
  }

  const { source, description } = await findRedis()

  if (source.kind !== 'binary') {
    throw new Error('a Redis that can be started is needed: install redis-server')
  }

  const words = values.only.split(' ')
  const faults = FAULTS.filter(({ topology, name }) =>
    words.every((word) => `${topology} ${name}`.includes(word))
  )
  const runs: FaultRun[] = []
  const running =
    values.seed == null
      ? runEach(source, faults)
      : runDrawn(source, faults, Number(values.seed), Number(values.seconds) * 1000)

  for await (const run of running) {
    runs.push(run)
    process.stderr.write(`${describeRun(run)}\n`)
  }

  console.log(values.json ? JSON.stringify(runs, undefined, 2) : describeRuns(runs))

  if (values.report != null) {
    const head = await describeReportHead('Faults of Redis', 'npm run test:chaos -- --report')

    await writeFile(
      values.report,
      `${head}\n${description.replace(/ \(.*/, '')}\n\n${describeRuns(runs)}`
    )
  }

  const failed = runs.filter(({ isPassed }) => !isPassed)

  console.log(`${runs.length - failed.length} passed, ${failed.length} failed`)
  process.exitCode = failed.length === 0 && runs.length > 0 ? 0 : 1
}

async function* runEach(binary: RedisBinary, faults: readonly Fault[]): AsyncGenerator<FaultRun> {
  for (const ofTopology of Map.groupBy(faults, ({ topology }) => topology).values()) {
    yield* runFaults(binary, ofTopology, seededRandom(1))
  }
}

/** One topology, and faults of it in an order and number that the seed says. */
async function* runDrawn(
  binary: RedisBinary,
  faults: readonly Fault[],
  seed: number,
  lastsMs: number
): AsyncGenerator<FaultRun> {
  const random = seededRandom(seed)
  const topologies = [...new Set(faults.map(({ topology }) => topology))]
  const topology = topologies[Math.floor(random() * topologies.length)]
  const candidates = faults.filter((fault) => fault.topology === topology)
  const drawn = Array.from(
    { length: 1000 },
    () => candidates[Math.floor(random() * candidates.length)] as Fault
  )
  const endsAtMs = performance.now() + lastsMs

  process.stderr.write(`seed ${seed}: ${topology}\n`)

  for await (const run of runFaults(binary, drawn, random)) {
    yield run

    if (performance.now() > endsAtMs) {
      return
    }
  }
}
