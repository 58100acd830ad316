import { runFrontNode } from '@rendezvous-cluster/front'
import { Command } from 'commander'
import { addSettings, settingsOf, WHERE_SETTINGS_STAND } from '../node-settings.ts'

type ServeOptions = { json?: boolean } & Record<string, string[]>

/** `rendezvous serve`: every option comes from the front node's table. */
export function serveCommand(): Command {
  const command = new Command('serve').description(`Run a front node. ${WHERE_SETTINGS_STAND}`)

  return addSettings(command)
    .option('--json', 'log JSON on a terminal too, as elsewhere')
    .action(async ({ json, ...options }: ServeOptions) => {
      const exitCode = await runFrontNode({ json, ...settingsOf(options) })

      // A timer that libp2p leaves behind would hold the process for another second.
      process.exit(exitCode)
    })
}
