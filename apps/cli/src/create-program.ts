import tab from '@bomb.sh/tab/commander'
import { VERSION } from '@rendezvous-cluster/front'
import { Command } from 'commander'
import { clusterCommand } from './commands/cluster.ts'
import { demoCommand } from './commands/demo.ts'
import { discoverCommand } from './commands/discover.ts'
import { doctorCommand } from './commands/doctor.ts'
import { healthcheckCommand } from './commands/healthcheck.ts'
import { keyCommand } from './commands/key.ts'
import { namespacesCommand } from './commands/namespaces.ts'
import { planCommand } from './commands/plan.ts'
import { registerCommand } from './commands/register.ts'
import { serveCommand } from './commands/serve.ts'
import { watchCommand } from './commands/watch.ts'
import { hideValue } from './usage-error.ts'

const EXIT_CODES = `
Exit codes:
  0  done
  1  it failed: no point answered, the point refused, a port is taken
  2  bad usage or bad settings; each problem is named
  3  the node can't serve with these settings, and waiting would not help`

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

  for (const command of [
    serveCommand(),
    registerCommand(),
    discoverCommand(),
    watchCommand(),
    healthcheckCommand(),
    doctorCommand(),
    clusterCommand(),
    namespacesCommand(),
    keyCommand(),
    planCommand(),
    demoCommand()
  ]) {
    program.addCommand(withExitCodes(command))
  }

  program.addHelpText('after', EXIT_CODES)
  tab(program, { completionCommandName: 'completion' })

  return program
}

/** What a subcommand does not inherit from its program. */
function withExitCodes(command: Command): Command {
  command
    .exitOverride()
    .showHelpAfterError('(see --help)')
    .addHelpText('after', EXIT_CODES)
    .configureOutput({ outputError: (text, write) => write(hideValue(text)) })
  command.commands.forEach(withExitCodes)

  return command
}
