import { hostname } from 'node:os'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import type { Config } from '../config/option-table.ts'
import { deriveKey } from './derive-key.ts'
import { IdentityError } from './identity-error.ts'
import { loadOrCreateKeyFile } from './key-file.ts'
import { readSeedFile } from './seed-file.ts'

export interface Identity {
  privateKey: PrivateKey
  /** Whether the next start has another peer id. */
  isRandom: boolean
}

/**
 * The node's key, by what the settings name: a key file, a seed with an ordinal, or neither.
 *
 * @throws IdentityError
 */
export async function loadIdentity(config: Config): Promise<Identity> {
  const keyFile = config['key-file']
  const seedFile = config['key-seed-file']

  if (keyFile != null) {
    return { privateKey: await loadOrCreateKeyFile(keyFile), isRandom: false }
  }

  if (seedFile != null) {
    const ordinal = config.ordinal === 'auto' ? ordinalOfHost(hostname()) : config.ordinal
    const seed = await readSeedFile(seedFile)

    return { privateKey: await deriveKey(seed, config['cluster-name'], ordinal), isRandom: false }
  }

  return { privateKey: await generateKeyPair('Ed25519'), isRandom: true }
}

/**
 * The digits that end a host name, as in `rendezvous-2`.
 *
 * @throws IdentityError when there are none
 */
export function ordinalOfHost(host: string): number {
  const digits = /\d+$/.exec(host)?.[0]

  // More digits are no ordinal but part of an address: cut, they could be those of another host.
  if (digits == null || digits.length > 5) {
    throw new IdentityError(
      '--ordinal auto takes the digits that end the host name, at most five, ' +
        `and "${host}" has ${digits == null ? 'none' : 'more'}: give --ordinal <n>`
    )
  }

  return Number(digits)
}
