import { ConfigError, ExitCode, loadConfig } from '@rendezvous-cluster/front'
import { Command, InvalidArgumentError, Option } from 'commander'
import { toWholeNumber } from '../client-options.ts'
import { type DemoOptions, PEERS_MAX, problemOf } from '../demo/demo-options.ts'
import { runDemo } from '../demo/run-demo.ts'
import { InterruptedError } from '../interrupted-error.ts'
import { reportFailure } from '../report-failure.ts'

const HELP = `
Without --store it starts redis-server or valkey-server for the time of the run, where one is in
PATH; else all front nodes share the memory of this process, and one is stopped instead of killed.
With --store its namespaces begin with demo/ and vanish within seconds. Its front nodes join the
cluster of that Redis for that time: give one that serves nobody else.

Ctrl-C ends it with the summary so far.`

/** `rendezvous demo`: half a minute that shows what a cluster does. */
export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'Three front nodes, peers that come and go, and one node killed halfway: a live table, and ' +
        'whether anything was lost.'
    )
    .addOption(numberOption('--peers', 'peers alive at a time', { min: 3, max: PEERS_MAX }, 200))
    .addOption(numberOption('--seconds', 'how long it runs', { min: 5, max: 3600 }, 30))
    .addOption(numberOption('--namespaces', 'that peers register in', { min: 1, max: 100 }, 5))
    .option('--store <url>', 'a Redis that runs, or memory: (default: see below)')
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', HELP)
    .action(async (options: DemoOptions, command: Command) => {
      const problem = problemOf(options) ?? storeProblem(options.store)

      if (problem != null) {
        command.error(`error: ${problem}`, { exitCode: ExitCode.BAD_CONFIG })
      }

      await run(options)
      // Sockets of peers that have left would hold the process for a while.
      process.exit()
    })
}

async function run(options: DemoOptions): Promise<void> {
  const interrupted = new AbortController()

  // Not only once: a terminal and a launcher may both send it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interrupted.abort(signal))
  }

  try {
    const { summary, text } = await runDemo(options, interrupted.signal)

    process.stdout.write(`${options.json ? JSON.stringify(summary) : text}\n`)
    process.exitCode = summary.ok ? ExitCode.OK : ExitCode.FAILURE
  } catch (error) {
    reportFailure(
      interrupted.signal.aborted ? new InterruptedError('ended before it began') : error,
      options.json
    )
  }
}

function numberOption(
  flag: string,
  description: string,
  { min, max }: { min: number; max: number },
  value: number
): Option {
  return new Option(`${flag} <n>`, `${description}, ${min} to ${max}`)
    .default(value)
    .argParser((text) => {
      const number = toWholeNumber(text)

      if (number < min || number > max) {
        throw new InvalidArgumentError(`give a whole number from ${min} to ${max}.`)
      }

      return number
    })
}

/** Does not show the URL: there may be a password in it. */
function storeProblem(store: string | undefined): string | undefined {
  if (store == null) {
    return undefined
  }

  try {
    loadConfig({ flags: { store }, env: {}, cwd: '.' })
  } catch (error) {
    if (error instanceof ConfigError) {
      return '--store: give redis://[user:password@]host:port[/db], or memory:'
    }

    throw error
  }

  return store.startsWith('level:') ? '--store: nodes can’t share level:, give a Redis' : undefined
}
