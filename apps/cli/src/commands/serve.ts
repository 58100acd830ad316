import {
  defaultText,
  environmentName,
  OPTION_TABLE,
  type OptionName,
  type OptionRow,
  runFrontNode
} from '@rendezvous-cluster/front'
import { Command, Option } from 'commander'
import { callerFolder } from '../caller-folder.ts'
import { collect } from '../collect.ts'

type ServeOptions = { json?: boolean } & Record<string, string[]>

/** `rendezvous serve`: every option comes from the front node's table. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .description(
      'Run a front node. A setting is a flag, an environment variable or a key of the config ' +
        'file; the first of these counts.'
    )
    .addOption(toOption('config', '<path>', 'YAML file of settings, by the names of the flags'))

  for (const [name, row] of Object.entries(OPTION_TABLE) as [OptionName, OptionRow][]) {
    command.addOption(toOption(name, row.value, describe(name, row)))
  }

  command.option('--json', 'log JSON on a terminal too, as elsewhere')

  return command.action(async ({ json, ...options }: ServeOptions) => {
    const exitCode = await runFrontNode({
      json,
      flags: byFlagName(options),
      env: process.env,
      cwd: callerFolder()
    })

    // A timer that libp2p leaves behind would hold the process for another second.
    process.exit(exitCode)
  })
}

function describe(name: OptionName, { description, isList }: OptionRow): string {
  const repeatable = isList ? '; repeatable' : ''

  return `${description}${repeatable} (default: ${defaultText(name)})`
}

function toOption(name: OptionName | 'config', value: string, text: string): Option {
  // Values are checked together with those of the environment and the file, so not here.
  const option = new Option(`--${name} ${value}`, `${text} [${environmentName(name)}]`)

  // What a flag says whose value may be left out.
  return option.preset('true').argParser(collect)
}

/** commander names options in camel case. */
function byFlagName(options: Record<string, string[]>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(options).map(([name, values]) => [
      name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      values
    ])
  )
}
