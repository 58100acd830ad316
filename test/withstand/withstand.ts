/**
 * Attacks a front node that has one core to itself, one attack after the other, and holds what well
 * behaved peers see meanwhile against what they saw right before. Starts everything itself, on
 * loopback; the attackers have addresses of their own there, so that limits per address tell them
 * from the others.
 *
 *     npm run withstand -- [--attack <name>…] [--seconds n] [--store memory|redis] [--report]
 *
 * The exit code is 1 where a request of a well behaved peer was lost, or took too long.
 */
import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { findRedisBinary } from '../support/find-redis.ts'
import { describeReportHead, withReportDefault } from '../support/report-head.ts'
import { oneOf, runCommand, untilInterrupted, wholeNumber } from '../support/run-command.ts'
import { ATTACKS, type AttackName } from './attacks/attacks.ts'
import { describeRun, describeRuns } from './describe-runs.ts'
import { type AttackRun, brokenRequirements, runAttack } from './run-attack.ts'

const HELP = `Usage: npm run withstand -- [options]
  --attack <name>      one of the attacks, may be given several times (default: all)
  --seconds <n>        how long each attack lasts, and half of it before (default: 20)
  --store <kind>       memory or redis (default: redis)
  --report [<file>]    write a Markdown report (default: docs/withstands.md)
  --json               print the figures as JSON
  --list               print the attacks
  --help`

const SECONDS_MAX = 3600
const STORES = ['memory', 'redis'] as const
const NAMES = Object.keys(ATTACKS) as AttackName[]

type Options = ReturnType<typeof parseOptions>

await runCommand(HELP, parseOptions, (options) => (options.list ? list() : run(options)))

function parseOptions() {
  const { values } = parseArgs({
    args: withReportDefault('docs/withstands.md'),
    options: {
      attack: { type: 'string', multiple: true, default: NAMES },
      seconds: { type: 'string', default: '20' },
      store: { type: 'string', default: 'redis' },
      report: { type: 'string' },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })
  return {
    ...values,
    seconds: wholeNumber(values.seconds, '--seconds', { min: 2, max: SECONDS_MAX }),
    attacks: values.attack.map((name) => oneOf(name, NAMES, '--attack')),
    store: oneOf(values.store, STORES, '--store')
  }
}

function list(): void {
  console.log(NAMES.map((name) => `${name.padEnd(24)} ${ATTACKS[name].description}`).join('\n'))
}

async function run({ attacks, seconds, store, report, json }: Options): Promise<void> {
  if (availableParallelism() < 2) {
    throw new Error('two cores are needed: one for the node alone')
  }

  const found = store === 'redis' ? await findRedisBinary() : undefined
  const redis = found?.binary
  const runs = await untilInterrupted(async (signal) => {
    const all: AttackRun[] = []

    for (const attack of attacks) {
      const run = await runAttack({ attack, seconds, redis }, { signal })

      all.push(run)
      process.stderr.write(`${describeRun(run)}\n`)
    }

    return all
  })

  if (runs == null) {
    return
  }

  const text = describeRuns(runs)

  console.log(json ? JSON.stringify(runs, undefined, 2) : text)

  if (report != null) {
    const command = `npm run withstand -- --seconds ${seconds} --store ${store} --report`
    const head = await describeReportHead('What a front node withstands', command)
    const server = found == null ? 'in memory' : found.description.replace(/ \(.*/, '')

    await writeFile(report, `${head}\nRegistrations: ${server}.\n\n${text}`)
  }

  process.exitCode = runs.every((each) => brokenRequirements(each).length === 0) ? 0 : 1
}
