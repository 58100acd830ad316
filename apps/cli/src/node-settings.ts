import {
  type ConfigSources,
  defaultText,
  environmentName,
  OPTION_TABLE,
  type OptionName,
  type OptionRow
} from '@rendezvous-cluster/front'
import { type Command, Option } from 'commander'
import { callerFolder } from './caller-folder.ts'
import { collect } from './collect.ts'

/** What is said of where settings stand. */
export const WHERE_SETTINGS_STAND =
  'A setting is a flag, an environment variable or a key of the config file; the first of these counts.'

/** Adds the settings of a front node, from its table. */
export function addSettings(command: Command): Command {
  command.addOption(
    toOption('config', '<path>', 'YAML file of settings, by the names of the flags')
  )

  for (const [name, row] of Object.entries(OPTION_TABLE) as [OptionName, OptionRow][]) {
    command.addOption(toOption(name, row.value, describe(name, row)))
  }

  return command
}

/** @param options - of a command with {@link addSettings}, as commander has parsed them */
export function settingsOf(options: Record<string, string[]>): ConfigSources {
  return { flags: byFlagName(options), env: process.env, cwd: callerFolder() }
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
