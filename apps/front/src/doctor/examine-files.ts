import { existsSync } from 'node:fs'
import type { Config } from '../config/option-table.ts'
import { IdentityError } from '../identity/identity-error.ts'
import { readKeyFile } from '../identity/key-file.ts'
import { loadIdentity } from '../identity/load-identity.ts'
import { loadPolicy } from '../policy/load-policy.ts'
import { PolicyError } from '../policy/policy-error.ts'
import { readTlsFiles, TlsFilesError } from '../tls-files.ts'
import { type Finding, findingsOf } from './finding.ts'

const finding = findingsOf('files')

/** A certificate that ends sooner is to be renewed, in milliseconds. */
const EXPIRES_SOON_MS = 14 * 24 * 3600 * 1000

/** Whether the files that the settings name can be used. Writes none. */
export async function examineFiles(config: Config, now: () => number): Promise<Finding[]> {
  return [
    await examineKey(config),
    ...(await examinePolicy(config['policy-file'])),
    ...examineCertificate(config, now)
  ]
}

async function examineKey(config: Config): Promise<Finding> {
  const file = config['key-file']

  // A start makes it.
  if (file != null && !existsSync(file)) {
    return finding('good', `the key of --key-file ${file} is made at the first start`)
  }

  try {
    if (file != null) {
      await readKeyFile(file)

      return finding('good', 'the key keeps its peer id over restarts')
    }

    const { isRandom } = await loadIdentity(config)

    return isRandom
      ? finding(
          'warning',
          'the peer id is another one at each start: addresses that peers know end in it',
          'keep one with --key-file <path>, or --key-seed-file for several nodes'
        )
      : finding('good', 'the seed and the ordinal keep the peer id over restarts')
  } catch (error) {
    if (error instanceof IdentityError) {
      return finding('bad', error.message)
    }

    throw error
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
