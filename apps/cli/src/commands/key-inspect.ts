import { resolve } from 'node:path'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { readKeyFile } from '@rendezvous-cluster/front'
import { Command } from 'commander'
import { callerFolder } from '../caller-folder.ts'
import { printFields } from '../print-fields.ts'
import { reportFailure } from '../report-failure.ts'

interface InspectOptions {
  keyFile: string
  json?: boolean
}

/** `rendezvous key inspect` */
export function inspectCommand(): Command {
  return new Command('inspect')
    .description('Print the peer id of a key file: libp2p’s protobuf, 64 hex digits or 32 bytes.')
    .requiredOption('--key-file <path>', 'key file to read')
    .option('--json', 'print JSON')
    .action(async ({ keyFile, json }: InspectOptions) => {
      try {
        const path = resolve(callerFolder(), keyFile)
        const key = await readKeyFile(path)

        printFields(
          { peerId: peerIdFromPrivateKey(key).toString(), type: key.type, keyFile: path },
          json
        )
      } catch (error) {
        reportFailure(error, json)
      }
    })
}
