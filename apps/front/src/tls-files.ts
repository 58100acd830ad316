import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { OPTION_TABLE, optionLabel } from './config/option-table.ts'
import { assertPrivate } from './private-file.ts'

/** Files that can't be used for TLS. The message has a line for each problem. */
export class TlsFilesError extends Error {
  override name = 'TlsFilesError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** A certificate with its chain and its private key, as PEM. */
export interface TlsFiles {
  cert: string
  key: string
  /** When the certificate expires. */
  expiresAt: Date
}

/**
 * Reads the files of `--tls-cert-file` and `--tls-key-file`, and checks that they serve.
 *
 * @throws TlsFilesError; its message shows nothing of what the files hold
 */
export function readTlsFiles(certFile: string, keyFile: string): TlsFiles {
  const problems: string[] = []
  const cert = attempt('tls-cert-file', () => readCertificate(certFile))
  const key = attempt('tls-key-file', () => readKey(keyFile))

  if (cert != null && key != null) {
    attempt('tls-key-file', () => assertPair(cert, key))
  }

  if (cert == null || key == null || problems.length > 0) {
    throw new TlsFilesError(problems)
  }

  return { cert: cert.pem, key: key.pem, expiresAt: new Date(cert.parsed.validTo) }

  function attempt<T>(option: 'tls-cert-file' | 'tls-key-file', read: () => T): T | undefined {
    try {
      return read()
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      // The system's words have no cure.
      const cure = code == null ? '' : `; give ${OPTION_TABLE[option].allowed}`

      problems.push(`${optionLabel(option)}: ${message}${cure}`)

      return undefined
    }
  }

  function assertPair(cert: Parsed<X509Certificate>, key: Parsed<KeyObject>): void {
    if (!cert.parsed.checkPrivateKey(key.parsed)) {
      throw new Error(`${keyFile} is not the key of ${certFile}; give the two that belong together`)
    }

    // What else TLS demands, for example of a chain or of the length of a key.
    createSecureContext({ cert: cert.pem, key: key.pem })
  }
}

interface Parsed<T> {
  pem: string
  parsed: T
}

function readCertificate(path: string): Parsed<X509Certificate> {
  const pem = readFileSync(path, 'utf8')

  try {
    return { pem, parsed: new X509Certificate(pem) }
  } catch {
    throw new Error(`${path} holds no certificate; give a PEM file of one, its chain after it`)
  }
}

function readKey(path: string): Parsed<KeyObject> {
  assertPrivate(path)

  const pem = readFileSync(path, 'utf8')

  try {
    return { pem, parsed: createPrivateKey(pem) }
  } catch {
    throw new Error(`${path} holds no private key; give a PEM file of one, without a passphrase`)
  }
}
