import { mkdir } from 'node:fs/promises'
import { ClassicLevel } from 'classic-level'
import { StoreConfigurationError } from '../store-errors.ts'

export type LevelDatabase = ClassicLevel<Buffer, Buffer>

/** A zero, which is no kind's byte: no registration's key starts with it. */
export const FORMAT_KEY = Buffer.from('\0format')

const FORMAT_NAME = 'rendezvous registrations, format '
const FORMAT = `${FORMAT_NAME}1`

/**
 * Opens the database of a directory, which is made if need be, for its owner alone.
 *
 * @throws StoreConfigurationError naming the directory and the cure
 */
export async function openDatabase(directory: string): Promise<LevelDatabase> {
  let database: LevelDatabase | undefined

  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })

    database = new ClassicLevel(directory, { keyEncoding: 'buffer', valueEncoding: 'buffer' })

    await database.open()
    await checkFormat(database, directory)

    return database
  } catch (error) {
    await database?.close()

    throw toConfigurationError(directory, error)
  }
}

/** What an operator is told of a database that can't be opened or read. */
export function toConfigurationError(directory: string, error: unknown): StoreConfigurationError {
  if (error instanceof StoreConfigurationError) {
    return error
  }

  // The outer error of a database only says that it did not open.
  const cause = (error as Error).cause ?? error
  const { code, message } = cause as NodeJS.ErrnoException

  switch (code) {
    case 'LEVEL_LOCKED':
      return new StoreConfigurationError(
        `${directory} is in use by another process: give each node a directory of its own`,
        { cause }
      )
    case 'LEVEL_CORRUPTION':
      return new StoreConfigurationError(
        `the store in ${directory} is damaged (${message}): move it away and start anew, ` +
          'peers come back with their next REGISTER',
        { cause }
      )
    default:
      return new StoreConfigurationError(
        `can't keep registrations in ${directory} (${message}): ` +
          'name a directory that this process may write to',
        { cause }
      )
  }
}

async function checkFormat(database: LevelDatabase, directory: string): Promise<void> {
  const format = (await database.get(FORMAT_KEY))?.toString()

  if (format === FORMAT) {
    return
  }

  if (format?.startsWith(FORMAT_NAME)) {
    throw new StoreConfigurationError(
      `${directory} holds ${format}, and this version reads "${FORMAT}": run the version that ` +
        'wrote it, or name another directory and let peers come back with their next REGISTER'
    )
  }

  if (format != null || (await database.keys({ limit: 1 }).next()) != null) {
    throw new StoreConfigurationError(
      `${directory} holds a LevelDB database of something else: name another directory`
    )
  }

  await database.put(FORMAT_KEY, Buffer.from(FORMAT))
}
