import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { describeFileError } from '../describe-file-error.ts'
import { assertPrivate, createPrivateFile } from '../private-file.ts'
import { SEED_BYTES_MIN } from './derive-key.ts'
import { IdentityError } from './identity-error.ts'

/** More than the minimum: 32 bytes would pass for a node's own key. */
const SEED_BYTES = 2 * SEED_BYTES_MIN

/**
 * Creates a file with the random seed of a cluster.
 *
 * @throws Error with code EEXIST when there is a file already
 */
export async function createSeedFile(path: string): Promise<void> {
  await createPrivateFile(path, randomBytes(SEED_BYTES))
}

/** @throws IdentityError when the file can't be read, is too short, or others may read it */
export async function readSeedFile(path: string): Promise<Uint8Array> {
  try {
    assertPrivate(path)

    const seed = await readFile(path)

    if (seed.byteLength < SEED_BYTES_MIN) {
      throw new Error(`it has ${seed.byteLength} bytes, at least ${SEED_BYTES_MIN} are needed`)
    }

    return seed
  } catch (cause) {
    const reason = describeFileError(cause, `rendezvous key seed --seed-file ${path}`)

    throw new IdentityError(`seed file ${path}: ${reason}`, { cause })
  }
}
