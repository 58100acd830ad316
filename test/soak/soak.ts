/**
 * Front nodes under a mixed load for long: do they, or Redis, hold more and more? Starts everything
 * itself, on loopback; hostile peers have addresses of their own there.
 *
 *     npm run soak -- --minutes 30 --report
 *
 * The exit code is 1 where something grows, a front node has ended, or a request has no answer.
 */
import { writeFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { parseArgs } from 'node:util'
import { findRedisBinary } from '../support/find-redis.ts'
import { describeReportHead, withReportDefault } from '../support/report-head.ts'
import { exitOnInterruption, runCommand, wholeNumber } from '../support/run-command.ts'
import { describeSoak, isPassed } from './describe-soak.ts'
import { plotHeaps } from './plot-heaps.ts'
import { runSoak } from './run-soak.ts'

const HELP = `Usage: npm run soak -- [options]
  --minutes <n>       how long (default: 30); the last two thirds of it are fitted
  --report [<file>]   write a Markdown report, and a plot beside it
                      (default: docs/reports/soak.md)
  --json              print the figures as JSON
  --help`

const MINUTES = { min: 3, max: 24 * 60 }

type Options = ReturnType<typeof parseOptions>

await runCommand(HELP, parseOptions, run)

function parseOptions() {
  const { values } = parseArgs({
    args: withReportDefault('docs/reports/soak.md'),
    options: {
      minutes: { type: 'string', default: '30' },
      report: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })

  return { ...values, minutes: wholeNumber(values.minutes, '--minutes', MINUTES) }
}

async function run({ minutes, report, json }: Options): Promise<void> {
  const { binary, description } = await findRedisBinary()

  exitOnInterruption()

  const progress = (line: string): void => void process.stderr.write(`${line}\n`)
  const result = await runSoak({ binary, minutes, progress })
  const text = describeSoak(result)

  console.log(json ? JSON.stringify(result, undefined, 2) : text)

  if (report != null) {
    const head = await describeReportHead(
      'What front nodes hold over time',
      `npm run soak -- --minutes ${minutes} --report`
    )
    const plot = `${report.slice(0, report.length - extname(report).length)}.svg`

    await writeFile(plot, plotHeaps(result))
    await writeFile(
      report,
      `${head}\n${description.replace(/ \(.*/, '')}, a primary with two replicas and Sentinels; 3 front nodes. ${text}\n![heaps](${basename(plot)})\n`
    )
  }

  process.exitCode = isPassed(result) ? 0 : 1
}
