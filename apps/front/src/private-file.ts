import { statSync } from 'node:fs'

/** Permission bits that let users of the machine read or change a file who have no business to. */
const OTHERS = 0o037

/** @throws Error when other users of the machine could read the file; a group may, for Secrets */
export function assertPrivate(path: string): void {
  const { mode } = statSync(path)

  // Windows has no such bits.
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
    throw new Error(`other users may read it; run: chmod 600 ${path}`)
  }
}
