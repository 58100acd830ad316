import { Command } from 'commander'

/** Adds `help`: commander's own does not say of a command that there is none such. */
export function addHelpCommand(parent: Command): Command {
  const help = new Command('help')
    .description('display help for command')
    .argument('[command]')
    .helpOption(false)
    .copyInheritedSettings(parent)
    .allowExcessArguments()
    .action(async (name?: string) => {
      const names = name == null ? [] : [name]
      const isUnknown = names.some((each) => parent.commands.every((one) => one.name() !== each))

      // Without a flag behind it an unknown one is refused as anywhere.
      await parent.parseAsync(isUnknown ? names : [...names, '--help'], { from: 'user' })
    })

  return parent.helpCommand(false).addCommand(help)
}
