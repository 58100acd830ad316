import { rename, rm, writeFile } from 'node:fs/promises'

/** What others need to reach a node that has started. */
export interface ReadyFile {
  peerId: string
  multiaddrs: string[]
  sidecar: string
}

/**
 * Writes the file whole: whoever sees it sees all of it. Its folder has to be there.
 *
 * @throws Error with the system's code, naming the setting
 */
export async function writeReadyFile(path: string, content: ReadyFile): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`

  try {
    await writeFile(temporary, `${JSON.stringify(content)}\n`)
    await rename(temporary, path)
  } catch (error) {
    throw namingTheSetting(error)
  } finally {
    await rm(temporary, { force: true })
  }
}

/**
 * Removes the file of an earlier run: it would be taken for one of this run.
 *
 * @throws Error with the system's code, naming the setting
 */
export async function removeReadyFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
  } catch (error) {
    throw namingTheSetting(error)
  }
}

function namingTheSetting(error: unknown): Error {
  const { message, code } = error as NodeJS.ErrnoException

  return Object.assign(new Error(`--ready-file: ${message}`, { cause: error }), { code })
}
