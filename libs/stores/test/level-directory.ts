import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'

/** A directory of its own for one test. */
export class LevelDirectory {
  readonly parent: string
  /** For the store: it is not there yet. */
  readonly path: string

  private constructor(parent: string) {
    this.parent = parent
    this.path = join(parent, 'store')
  }

  static async create(): Promise<LevelDirectory> {
    return new LevelDirectory(await mkdtemp(join(tmpdir(), 'rendezvous-level-')))
  }

  /** Runs a task on the bare database while no store has it open. */
  async withDatabase<T>(task: (database: ClassicLevel<Buffer, Buffer>) => Promise<T>): Promise<T> {
    const encodings = { keyEncoding: 'buffer', valueEncoding: 'buffer' }
    const database = new ClassicLevel<Buffer, Buffer>(this.path, encodings)

    try {
      return await task(database)
    } finally {
      await database.close()
    }
  }

  /** Keys of what is on the disk, but for the one that names the format. */
  storedKeys(): Promise<Buffer[]> {
    return this.withDatabase((database) => database.keys({ gte: Buffer.of(1) }).all())
  }

  async remove(): Promise<void> {
    await rm(this.parent, { recursive: true, force: true })
  }
}
