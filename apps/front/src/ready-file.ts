import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** What others need to reach a node that has started. */
export interface ReadyFile {
  peerId: string
  multiaddrs: string[]
  sidecar: string
}

/** Writes the file whole: whoever sees it sees all of it. */
export async function writeReadyFile(path: string, content: ReadyFile): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`

  await mkdir(dirname(path), { recursive: true })

  try {
    await writeFile(temporary, `${JSON.stringify(content)}\n`)
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}
