import { existsSync } from 'node:fs'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { announcedAddresses } from '../config/announced-addresses.ts'
import type { ConfigError } from '../config/load-config.ts'
import type { Config } from '../config/option-table.ts'
import { IdentityError } from '../identity/identity-error.ts'
import { readKeyFile } from '../identity/key-file.ts'
import { loadIdentity } from '../identity/load-identity.ts'
import { loadPolicy } from '../policy/load-policy.ts'
import { PolicyError } from '../policy/policy-error.ts'
import { readTlsFiles, TlsFilesError } from '../tls-files.ts'
import { type Finding, findingsOf } from './finding.ts'

const finding = findingsOf('files')

const findingOfSettings = findingsOf('settings')

/** A certificate that ends sooner is to be renewed, in milliseconds. */
const EXPIRES_SOON_MS = 14 * 24 * 3600 * 1000

/** Whether the files that the settings name can be used. Writes none. */
export async function examineFiles(config: Config, now: () => number): Promise<Finding[]> {
  return [
    ...(await examineKey(config)),
    ...(await examinePolicy(config['policy-file'])),
    ...examineCertificate(config, now)
  ]
}

async function examineKey(config: Config): Promise<Finding[]> {
  const file = config['key-file']

  // A start makes it.
  if (file != null && !existsSync(file)) {
    return [finding('good', `the key of --key-file ${file} is made at the first start`)]
  }

  try {
    const { privateKey, isRandom } =
      file == null
        ? await loadIdentity(config)
        : { privateKey: await readKeyFile(file), isRandom: false }
    const keeper = file == null ? 'the seed and the ordinal keep the' : 'the key keeps its'

    return [
      isRandom
        ? finding(
            'warning',
            'the peer id is another one at each start: addresses that peers know end in it',
            'keep one with --key-file <path>, or --key-seed-file for several nodes'
          )
        : finding('good', `${keeper} peer id over restarts`),
      ...examinePeerIds(config, privateKey)
    ]
  } catch (error) {
    if (error instanceof IdentityError) {
      return [finding('bad', error.message)]
    }

    throw error
  }
}

/** Whether the key is that of the addresses that are announced. */
function examinePeerIds({ announce }: Config, privateKey: PrivateKey): Finding[] {
  try {
    announcedAddresses(announce, peerIdFromPrivateKey(privateKey))

    return []
  } catch (error) {
    return (error as ConfigError).problems.map((problem) => findingOfSettings('bad', problem))
  }
}

async function examinePolicy(path: string | undefined): Promise<Finding[]> {
  if (path == null) {
    return []
  }

  try {
    const policy = await loadPolicy(path)

    return [finding('good', `the policy file has ${policy.size} rules`)]
  } catch (error) {
    if (error instanceof PolicyError) {
      return [finding('bad', error.message)]
    }

    throw error
  }
}

function examineCertificate(config: Config, now: () => number): Finding[] {
  const { 'tls-cert-file': certFile, 'tls-key-file': keyFile } = config

  if (certFile == null || keyFile == null) {
    return []
  }

  try {
    const { expiresAt } = readTlsFiles(certFile, keyFile)
    const leftMs = expiresAt.getTime() - now()
    const until = expiresAt.toISOString()

    if (leftMs > EXPIRES_SOON_MS) {
      return [finding('good', `the certificate of --tls-cert-file is valid until ${until}`)]
    }

    return [
      leftMs < 0
        ? finding(
            'bad',
            `the certificate of --tls-cert-file expired on ${until}: peers refuse it`,
            'renew it and start again'
          )
        : finding(
            'warning',
            `the certificate of --tls-cert-file expires on ${until}`,
            'renew it and start again'
          )
    ]
  } catch (error) {
    if (error instanceof TlsFilesError) {
      return error.problems.map((problem) => finding('bad', problem))
    }

    throw error
  }
}
