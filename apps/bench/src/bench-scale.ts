import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { describeReportHead } from '../../../test/support/report-head.ts'
import { untilInterrupted, wholeNumber } from '../../../test/support/run-command.ts'
import { describeScale } from './describe-scale.ts'
import { runScale, SETUPS } from './run-scale.ts'

export const SCALE_HELP = `Usage: npm run bench -- scale [options]
  --rounds <n>         how often each is measured, in turns (default: 5)
  --seconds <n>        how long each time (default: 5)
  --report [<file>]    write a Markdown report (default: docs/scale.md)
  --json               print the figures as JSON
  --help`

type Options = ReturnType<typeof parseScaleOptions>

/** @param args - behind `scale`
 *  @throws UsageError, or what Node's `parseArgs` does */
export function parseScaleOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '5' },
      report: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })

  return {
    ...values,
    rounds: wholeNumber(values.rounds, '--rounds', { max: 100 }),
    seconds: wholeNumber(values.seconds, '--seconds', { max: 3600 })
  }
}

/** Measures what an operation costs with more and more nodes, and with a Cluster. */
export async function benchScale({ rounds, seconds, report, json }: Options): Promise<void> {
  const progress = (line: string) => void process.stderr.write(`${line}\n`)
  const results = await untilInterrupted((signal) =>
    runScale({ setups: SETUPS, rounds, seconds, progress }, { signal })
  )

  if (results == null) {
    return
  }

  const text = describeScale(results)

  console.log(json ? JSON.stringify(results, undefined, 2) : text)

  if (report != null) {
    const head = await describeReportHead(
      'What more nodes cost',
      `npm run bench -- ${process.argv.slice(2).join(' ')}`
    )

    await writeFile(report, `${head}\n${text}`)
  }
}
