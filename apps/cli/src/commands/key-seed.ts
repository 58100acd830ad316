import { resolve } from 'node:path'
import { createSeedFile } from '@rendezvous-cluster/front'
import { Command } from 'commander'
import { callerFolder } from '../caller-folder.ts'
import { createNewFile } from '../create-new-file.ts'
import { printFields } from '../print-fields.ts'
import { reportFailure } from '../report-failure.ts'

interface SeedOptions {
  seedFile: string
  json?: boolean
}

/** `rendezvous key seed` */
export function seedCommand(): Command {
  return new Command('seed')
    .description('Make the secret of a cluster, that the keys of all its nodes are derived from.')
    .requiredOption('--seed-file <path>', 'where to keep it, readable by you alone')
    .option('--json', 'print JSON')
    .action(async ({ seedFile, json }: SeedOptions) => {
      try {
        const path = resolve(callerFolder(), seedFile)

        await createNewFile(path, createSeedFile)
        printFields({ seedFile: path }, json)
      } catch (error) {
        reportFailure(error, json)
      }
    })
}
