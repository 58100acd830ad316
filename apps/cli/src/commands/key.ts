import { Command } from 'commander'
import { deriveCommand } from './key-derive.ts'
import { generateCommand } from './key-generate.ts'
import { inspectCommand } from './key-inspect.ts'
import { seedCommand } from './key-seed.ts'

/** `rendezvous key`: keys, the peer ids they give, and the seed of a cluster. */
export function keyCommand(): Command {
  return new Command('key')
    .description('Make and look at private keys, one by one or from the seed of a cluster.')
    .addCommand(generateCommand())
    .addCommand(inspectCommand())
    .addCommand(seedCommand())
    .addCommand(deriveCommand())
}
