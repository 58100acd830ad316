import { resolve } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { createKeyFile, formatPrivateKey, readKeyFile } from '@rendezvous-cluster/front'
import { Command } from 'commander'
import { callerFolder } from '../caller-folder.ts'
import { reportFailure } from '../report-failure.ts'

interface KeyOptions {
  keyFile?: string
  json?: boolean
}

/** `rendezvous key`: keys and the peer ids they give. */
export function keyCommand(): Command {
  return new Command('key')
    .description('Make and look at private keys.')
    .addCommand(generateCommand())
    .addCommand(inspectCommand())
}

function generateCommand(): Command {
  return new Command('generate')
    .description('Make an Ed25519 key. Without --key-file it is printed; a file is never replaced.')
    .option('--key-file <path>', 'where to keep it, readable by you alone')
    .option('--json', 'print JSON')
    .action(async ({ keyFile, json }: KeyOptions) => {
      try {
        await generate(keyFile, json)
      } catch (error) {
        reportFailure(error, json)
      }
    })
}

function inspectCommand(): Command {
  return new Command('inspect')
    .description('Print the peer id of a key file.')
    .requiredOption('--key-file <path>', 'key file to read')
    .option('--json', 'print JSON')
    .action(async ({ keyFile, json }: Required<KeyOptions>) => {
      try {
        const path = resolve(callerFolder(), keyFile)

        print(await readKeyFile(path), { keyFile: path }, json)
      } catch (error) {
        reportFailure(error, json)
      }
    })
}

async function generate(file: string | undefined, json: boolean | undefined): Promise<void> {
  if (file == null) {
    const key = await generateKeyPair('Ed25519')

    print(key, { privateKey: formatPrivateKey(key).trim() }, json)

    return
  }

  const path = resolve(callerFolder(), file)

  print(await createNew(path), { keyFile: path }, json)
}

async function createNew(path: string): Promise<PrivateKey> {
  try {
    return await createKeyFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new Error(
        `${path} exists already; look at it with: rendezvous key inspect --key-file ${path}`
      )
    }

    throw error
  }
}

function print(key: PrivateKey, more: Record<string, string>, json: boolean | undefined): void {
  const shown = { peerId: peerIdFromPrivateKey(key).toString(), type: key.type, ...more }

  if (json) {
    process.stdout.write(`${JSON.stringify(shown)}\n`)

    return
  }

  for (const [name, value] of Object.entries(shown)) {
    process.stdout.write(`${name}: ${value}\n`)
  }
}
