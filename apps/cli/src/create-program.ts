import tab from '@bomb.sh/tab/commander'
import { VERSION } from '@rendezvous-cluster/front'
import { Command, type OutputConfiguration } from 'commander'
import { clusterCommand } from './commands/cluster.ts'
import { demoCommand } from './commands/demo.ts'
import { discoverCommand } from './commands/discover.ts'
import { doctorCommand } from './commands/doctor.ts'
import { healthcheckCommand } from './commands/healthcheck.ts'
import { addHelpCommand } from './commands/help.ts'
import { keyCommand } from './commands/key.ts'
import { namespacesCommand } from './commands/namespaces.ts'
import { planCommand } from './commands/plan.ts'
import { registerCommand } from './commands/register.ts'
import { serveCommand } from './commands/serve.ts'
import { watchCommand } from './commands/watch.ts'
import { INTERRUPTED } from './interrupted-error.ts'
import { hideValue } from './usage-error.ts'

/** What a command ends with besides 0 and 2, as its help says it. */
type Failures = Partial<Record<1 | 3 | typeof INTERRUPTED, string>>

const OUTPUT: OutputConfiguration = {
  outputError: (text, write) => write(hideValue(text))
}

const CANNOT_SERVE = "the node can't serve with these settings, and waiting would not help"

const NO_RESULT: Failures = { [INTERRUPTED]: 'it was interrupted before there was a result' }

const NO_POINT: Failures = { 1: 'it failed, for example no point answered or one refused' }

/** The command line, ready to parse. */
export function createProgram(): Command {
  const program = new Command('rendezvous')
    .description(
      'Rendezvous for libp2p and Waku peers: run a front node, register, discover, watch.'
    )
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(see --help)')
    .configureHelp({ showGlobalOptions: false })
    .configureOutput(OUTPUT)

  const commands: [Command, Failures][] = [
    [serveCommand(), { 1: 'it failed, for example a port is taken', 3: CANNOT_SERVE }],
    [registerCommand(), { ...NO_POINT, ...NO_RESULT }],
    [discoverCommand(), NO_POINT],
    [watchCommand(), NO_POINT],
    [healthcheckCommand(), { 1: 'the node does not answer as it should' }],
    [doctorCommand(), { 1: 'something is bad' }],
    [clusterCommand(), { 1: 'no sidecar answers' }],
    [namespacesCommand(), { 1: 'Redis does not answer', ...NO_RESULT }],
    [keyCommand(), { 1: 'it failed, for example a file can’t be read' }],
    [planCommand(), {}],
    [demoCommand(), { 1: 'something was lost, or it could not start', ...NO_RESULT }]
  ]

  for (const [command, failures] of commands) {
    program.addCommand(withExitCodes(command, failures))
  }

  program.addHelpText(
    'after',
    exitCodes({ 1: 'it failed', 3: `\`serve\` only: ${CANNOT_SERVE}`, ...NO_RESULT })
  )
  tab(program, { completionCommandName: 'completion' })

  return addHelpCommand(program)
}

/** What a subcommand does not inherit from its program. */
function withExitCodes(command: Command, failures: Failures): Command {
  command
    .exitOverride()
    .showHelpAfterError('(see --help)')
    .addHelpText('after', exitCodes(failures))
    .configureOutput(OUTPUT)

  for (const subcommand of command.commands) {
    withExitCodes(subcommand, failures)
  }

  return command.commands.length > 0 ? addHelpCommand(command) : command
}

function exitCodes(failures: Failures): string {
  // Numbers come in their order.
  const codes = Object.entries({
    0: 'done',
    2: 'bad usage or bad settings; each problem is named',
    ...failures
  })
  const width = Math.max(...codes.map(([code]) => code.length))

  return `\nExit codes:\n${codes
    .map(([code, meaning]) => `  ${code.padEnd(width)}  ${meaning}`)
    .join('\n')}`
}
