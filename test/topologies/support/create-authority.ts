import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import type { TlsFiles } from '../../support/redis-server.ts'

/** Certificates of one authority, whose own is in the file `ca`. */
export interface Authority {
  ca: string
  /** A certificate for servers and clients, under names and no addresses. */
  issue(name: string): Promise<TlsFiles>
}

/** @param folder - where it writes its files */
export async function createAuthority(folder: string, name: string): Promise<Authority> {
  const ca = join(folder, `${name}.pem`)
  const root = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'basicConstraints', cA: true, critical: true }]
  })

  await writeFile(ca, root.cert)

  return {
    ca,
    async issue(name) {
      const files = { ca, cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) }
      const made = await generate([{ name: 'commonName', value: name }], {
        keyType: 'ec',
        algorithm: 'sha256',
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'subjectAltName', altNames: [{ type: 2, value: name }] }
        ],
        ca: { cert: root.cert, key: root.private }
      })

      await writeFile(files.cert, made.cert)
      await writeFile(files.key, made.private, { mode: 0o600 })

      return files
    }
  }
}
