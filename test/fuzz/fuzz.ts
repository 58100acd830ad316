/**
 * Feeds all that reads bytes of others with messages, sound ones and damaged ones, and compares it
 * with readers that share nothing with it.
 *
 *     npm run test:fuzz -- [--seconds n] [--seed n] [--target name…] [--report]
 *     npm run test:fuzz -- --replay test/fuzz/corpus/crashes/<file>
 *
 * Targets run in a process that is watched, so that one that dies or never ends is found too. What
 * was found is kept in test/fuzz/corpus/crashes. The exit code is 1 where anything was found, and
 * where a run of a minute or more has left too many lines out.
 */
import { writeFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { parseArgs } from 'node:util'
import { describeReportHead, withReportDefault } from '../support/report-head.ts'
import { runCommand, UsageError, untilInterrupted, wholeNumber } from '../support/run-command.ts'
import { addToCorpus, CORPUS_DIRECTORY, readInputs, saveFinding, targetOf } from './corpus-files.ts'
import { describeRun, percentCovered } from './describe-run.ts'
import { replayInput } from './replay-input.ts'
import { type FuzzProgress, type FuzzRun, runFuzz } from './run-fuzz.ts'
import { TARGETS } from './targets/index.ts'
import { lineCoverage } from './v8-coverage/line-coverage.ts'

const NAMES = TARGETS.map(({ name }) => name)

const HELP = `Usage: npm run test:fuzz -- [options]
  --seconds <n>        how long inputs are made (default: 1800)
  --seed <n>           draws the inputs (default: another one each time)
  --target <name>      only this one, may be given more than once:
                       ${NAMES.slice(0, 7).join(', ')},
                       ${NAMES.slice(7).join(', ')}
  --replay <file>      executes the inputs of a file and tells what is wrong with them
  --corpus-add         adds inputs that lead to code the corpus does not reach, made short
  --report [<file>]    write a Markdown report (default: docs/reports/fuzz.md)
  --json               print the figures as JSON
  --help`

const SECONDS_MAX = 7 * 24 * 60 * 60
const SEED_MAX = 2 ** 32

/** Shorter runs are to see whether it works at all. */
const COVERED_FROM_SECONDS = 60
const PERCENT_COVERED_MIN = 95

/** Between two lines of progress where nobody watches. */
const PROGRESS_INTERVAL_SECONDS = 10

const TARGETS_MODULE = new URL('targets/index.ts', import.meta.url).href

type Options = ReturnType<typeof parseOptions>

await runCommand(HELP, parseOptions, (options) =>
  options.replay == null ? run(options) : replay(options.replay)
)

function parseOptions() {
  const { values } = parseArgs({
    args: withReportDefault('docs/reports/fuzz.md'),
    options: {
      seconds: { type: 'string', default: '1800' },
      seed: { type: 'string', default: String(1 + (Date.now() % SEED_MAX)) },
      target: { type: 'string', multiple: true, default: NAMES },
      replay: { type: 'string' },
      'corpus-add': { type: 'boolean', default: false },
      report: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })
  const unknown = values.target.find((name) => !NAMES.includes(name))

  if (unknown != null) {
    throw new UsageError(`--target: there is no ${unknown}`)
  }

  return {
    ...values,
    seconds: wholeNumber(values.seconds, '--seconds', { max: SECONDS_MAX }),
    seed: wholeNumber(values.seed, '--seed', { max: SEED_MAX })
  }
}

async function run(options: Options): Promise<void> {
  const { seconds, seed, target: targets } = options
  const result = await untilInterrupted((signal) =>
    runFuzz(
      {
        targetsModule: TARGETS_MODULE,
        targets,
        seconds,
        seed,
        corpusDirectory: CORPUS_DIRECTORY,
        minimises: options['corpus-add'],
        onProgress: progressLines(seconds)
      },
      { signal }
    )
  )

  if (result == null) {
    return
  }

  await tell(result, options)

  for (const { target, additions } of result.targets.filter(({ additions }) => additions.length)) {
    await addToCorpus(CORPUS_DIRECTORY, target, additions)
  }
}

async function tell(run: FuzzRun, options: Options): Promise<void> {
  const isWhole = options.target.length === NAMES.length
  const percentMin = options.seconds >= COVERED_FROM_SECONDS ? PERCENT_COVERED_MIN : undefined
  const coverage = isWhole ? await lineCoverage(run.covered.scripts) : undefined
  const text = describeRun({ run, coverage, percentMin })

  console.log(options.json ? JSON.stringify(figures(run, coverage), undefined, 2) : text)

  for (const finding of run.findings) {
    const file = relative(process.cwd(), await saveFinding(CORPUS_DIRECTORY, finding))

    console.error(`${finding.kind} in ${finding.target}: npm run test:fuzz -- --replay ${file}`)
  }

  if (options.report != null) {
    const command = `npm run test:fuzz -- --seconds ${options.seconds} --seed ${options.seed} --report`

    await writeFile(
      options.report,
      `${await describeReportHead('Bytes that nobody should send', command)}\n${text}`
    )
  }

  const isCovered = coverage == null || percentMin == null || percentCovered(coverage) >= percentMin

  process.exitCode = run.findings.length === 0 && isCovered ? 0 : 1
}

function figures(run: FuzzRun, coverage: Awaited<ReturnType<typeof lineCoverage>> | undefined) {
  return {
    ...run,
    covered: undefined,
    findings: run.findings.map((finding) => ({
      ...finding,
      input: Buffer.from(finding.input).toString('hex')
    })),
    targets: run.targets.map((target) => ({ ...target, additions: target.additions.length })),
    coverage
  }
}

async function replay(file: string): Promise<void> {
  const target = targetOf(file)

  if (!NAMES.includes(target)) {
    throw new UsageError(`--replay: the name of the file begins with no target: ${target}`)
  }

  for (const input of await readInputs(file)) {
    const found = await replayInput({ targetsModule: TARGETS_MODULE, target, input })

    console.log(`${Buffer.from(input).toString('hex')}: ${found ?? 'nothing is wrong'}`)
    process.exitCode = found == null ? process.exitCode : 1
  }
}

/** One line that changes on a terminal, else one now and then. */
function progressLines(seconds: number): (progress: FuzzProgress) => void {
  let nextAtSeconds = PROGRESS_INTERVAL_SECONDS

  return (progress) => {
    const line =
      `${progress.seconds.toFixed(0)} of ${seconds} s: ` +
      `${progress.executions} executions, ${progress.findings} findings`

    if (process.stderr.isTTY) {
      process.stderr.write(`\r${line}`)
    } else if (progress.seconds >= nextAtSeconds) {
      nextAtSeconds = progress.seconds + PROGRESS_INTERVAL_SECONDS
      process.stderr.write(`${line}\n`)
    }
  }
}
