/**
 * Replaces each of three front nodes in turn under load, asked to leave and killed, and holds what
 * peers and an observer see against what must not happen. Starts everything itself, on loopback.
 *
 *     npm run test:rolling -- [--seconds n] [--peers n] [--signal SIGTERM|SIGKILL|both] [--report]
 *
 * Every third peer is a Go peer, as test/interop builds it. The exit code is 1 where a request got
 * no answer, our client failed or was not found, or a drained node lost anybody.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { seededRandom } from '@rendezvous-cluster/stores/compliance'
import { findGoProgram } from '../interop/support/go-program.ts'
import { findRedisBinary } from '../support/find-redis.ts'
import { describeReportHead, withReportDefault } from '../support/report-head.ts'
import { runCommand, UsageError, untilInterrupted, wholeNumber } from '../support/run-command.ts'
import { describeRun } from './describe-run.ts'
import { brokenRequirements } from './figures.ts'
import { planReplacements, type ReplacementSignal } from './plan.ts'
import { FRONT_NODES, runRolling } from './run-rolling.ts'

const HELP = `Usage: npm run test:rolling -- [options]
  --seconds <n>        what the replacements take, about (default: 240)
  --peers <n>          registered peers, every third a Go peer (default: 500)
  --discoveries <n>    DISCOVERs a second (default: 50)
  --signal <name>      SIGTERM, SIGKILL or both (default: both)
  --seed <n>           draws the order of the nodes (default: 1)
  --report [<file>]    write a Markdown report (default: docs/reports/rolling.md)
  --json               print the figures as JSON
  --help`

const PEERS_MAX = 5000
const SECONDS_MAX = 24 * 60 * 60
const DISCOVERIES_MAX = 1000

type Options = ReturnType<typeof parseOptions>

await runCommand(HELP, parseOptions, run)

function parseOptions() {
  const { values } = parseArgs({
    args: withReportDefault('docs/reports/rolling.md'),
    options: {
      seconds: { type: 'string', default: '240' },
      peers: { type: 'string', default: '500' },
      discoveries: { type: 'string', default: '50' },
      signal: { type: 'string', default: 'both' },
      seed: { type: 'string', default: '1' },
      report: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })

  return {
    ...values,
    seconds: wholeNumber(values.seconds, '--seconds', { max: SECONDS_MAX }),
    peers: wholeNumber(values.peers, '--peers', { max: PEERS_MAX }),
    discoveries: wholeNumber(values.discoveries, '--discoveries', { max: DISCOVERIES_MAX }),
    signals: signalsOf(values.signal),
    seed: wholeNumber(values.seed, '--seed', { max: 2 ** 32 })
  }
}

function signalsOf(text: string): ReplacementSignal[] {
  switch (text) {
    case 'both':
      return ['SIGTERM', 'SIGKILL']
    case 'SIGTERM':
    case 'SIGKILL':
      return [text]
    default:
      throw new UsageError('--signal: give SIGTERM, SIGKILL or both')
  }
}

async function run(options: Options): Promise<void> {
  const { seconds, peers, signals, seed } = options
  const { binary: redis, description } = await findRedisBinary()

  const go = await findGoProgram('go-waku')
  const notes: string[] = []

  if (go.kind === 'none') {
    notes.push(`Without Go peers: ${go.reason}. To have them: ${go.install}`)
    console.error(notes[0])
  }

  const plan = planReplacements({
    seconds,
    signals,
    nodes: FRONT_NODES,
    random: seededRandom(seed)
  })
  const result = await untilInterrupted((signal) =>
    runRolling(
      {
        plan,
        redis,
        peers,
        goPeers: go.kind === 'none' ? 0 : Math.floor(peers / 3),
        goPath: go.kind === 'none' ? undefined : go.file,
        discoveriesPerSecond: options.discoveries,
        progress: (line) => void process.stderr.write(`${line}\n`)
      },
      { signal }
    )
  )

  if (result == null) {
    return
  }

  const { figures } = result
  const text = [...notes, describeRun(result)].join('\n\n')

  console.log(options.json ? JSON.stringify(result, undefined, 2) : text)

  if (options.report != null) {
    const command = `npm run test:rolling -- ${reproducing(options)} --report`
    const head = await describeReportHead('A rolling restart under load', command)

    await writeFile(options.report, `${head}\n${description.replace(/ \(.*/, '')}; ${text}`)
  }

  process.exitCode = figures.every((stretch) => brokenRequirements(stretch).length === 0) ? 0 : 1
}

/** The options that make the same run. */
function reproducing({ seconds, peers, discoveries, signal, seed }: Options): string {
  const flags = { seconds, peers, discoveries, signal, seed }

  return Object.entries(flags)
    .map(([name, value]) => `--${name} ${value}`)
    .join(' ')
}
