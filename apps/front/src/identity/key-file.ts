import { readFile } from 'node:fs/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { describeFileError } from '../describe-file-error.ts'
import { assertPrivate, createPrivateFile } from '../private-file.ts'
import { IdentityError } from './identity-error.ts'
import { formatPrivateKey, parsePrivateKey } from './key-formats.ts'

/**
 * Reads a private key, or creates the file with a new Ed25519 key (mode 0600) if it is missing.
 *
 * @throws IdentityError when the file can't be read or made, holds no key, or others may read it
 */
export async function loadOrCreateKeyFile(path: string): Promise<PrivateKey> {
  try {
    return await readKeyFile(path)
  } catch (error) {
    if (!isCode((error as IdentityError).cause, 'ENOENT')) {
      throw error
    }
  }

  try {
    return await createKeyFile(path)
  } catch (error) {
    if (isCode(error, 'EEXIST')) {
      // Another process was faster: its key counts.
      return readKeyFile(path)
    }

    throw new IdentityError(`key file ${path}: ${(error as Error).message}`, { cause: error })
  }
}

/**
 * Creates a key file with a new Ed25519 key.
 *
 * @throws Error with code EEXIST when there is a file already
 */
export async function createKeyFile(path: string): Promise<PrivateKey> {
  const key = await generateKeyPair('Ed25519')

  await createPrivateFile(path, formatPrivateKey(key))

  return key
}

/** @throws IdentityError when the file can't be read, holds no key, or others may read it */
export async function readKeyFile(path: string): Promise<PrivateKey> {
  try {
    assertPrivate(path)

    return await parsePrivateKey(await readFile(path))
  } catch (cause) {
    const reason = describeFileError(cause, `rendezvous key generate --key-file ${path}`)

    throw new IdentityError(`key file ${path}: ${reason}`, { cause })
  }
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === code
}
