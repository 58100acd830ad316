import { resolve } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { createKeyFile, formatPrivateKey } from '@rendezvous-cluster/front'
import { Command } from 'commander'
import { callerFolder } from '../caller-folder.ts'
import { createNewFile } from '../create-new-file.ts'
import { printFields } from '../print-fields.ts'
import { reportFailure } from '../report-failure.ts'

interface GenerateOptions {
  keyFile?: string
  json?: boolean
}

/** `rendezvous key generate` */
export function generateCommand(): Command {
  return new Command('generate')
    .description('Make an Ed25519 key. Without --key-file it is printed; a file is never replaced.')
    .option('--key-file <path>', 'where to keep it, readable by you alone')
    .option('--json', 'print JSON')
    .action(async (options: GenerateOptions) => {
      try {
        printFields(await generate(options), options.json)
      } catch (error) {
        reportFailure(error, options.json)
      }
    })
}

async function generate({ keyFile }: GenerateOptions): Promise<Record<string, string>> {
  if (keyFile == null) {
    const key = await generateKeyPair('Ed25519')

    return {
      peerId: peerIdFromPrivateKey(key).toString(),
      type: key.type,
      privateKey: formatPrivateKey(key).trim()
    }
  }

  const path = resolve(callerFolder(), keyFile)
  const key = await createNewFile(path, createKeyFile)

  return { peerId: peerIdFromPrivateKey(key).toString(), type: key.type, keyFile: path }
}
