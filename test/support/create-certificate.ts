import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import type { TlsFiles } from './redis-server.ts'

/** As PEM. */
export interface Certificate {
  cert: string
  key: string
}

/** A certificate for 127.0.0.1 that is its own authority. */
export async function generateCertificate(expiresAt?: Date): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: expiresAt && new Date(0),
    notAfterDate: expiresAt,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }
    ]
  })

  return { cert: made.cert, key: made.private }
}

/** The same, in files. */
export async function createCertificate(folder: string, expiresAt?: Date): Promise<TlsFiles> {
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  const { cert, key } = await generateCertificate(expiresAt)

  await writeFile(files.cert, cert)
  await writeFile(files.key, key, { mode: 0o600 })

  return { ...files, ca: files.cert }
}
