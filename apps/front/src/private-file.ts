import { randomUUID } from 'node:crypto'
import { statSync } from 'node:fs'
import { link, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Permission bits that let users of the machine read or change a file who have no business to. */
const OTHERS = 0o037

/** @throws Error when other users of the machine could read the file; a group may, for Secrets */
export function assertPrivate(path: string): void {
  const stats = statSync(path)
  const { mode } = stats

  if (stats.isDirectory()) {
    throw new Error('it is a directory')
  }

  // Windows has no such bits.
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
    throw new Error(`other users may read it; run: chmod 600 ${path}`)
  }
}

/**
 * Creates a file for its owner alone (mode 0600), in one step: nobody ever reads half of it.
 *
 * @throws Error with code EEXIST when there is a file already
 */
export async function createPrivateFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`

  await mkdir(dirname(path), { recursive: true })

  try {
    await writeFile(temporary, content, { mode: 0o600 })
    // Unlike a rename, a link never replaces what is there.
    await link(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}
