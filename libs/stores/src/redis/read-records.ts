import { parseStoredRecord, type StoredRecord } from './record-header.ts'
import type { ScriptedRedis } from './scripts.ts'

/** Records asked for in one command, so that Redis is never held for long. */
const RECORDS_PER_COMMAND = 500

/** What a namespace's hash holds of these peers, in their order; `undefined` where there is nothing. */
export async function readRecords(
  redis: ScriptedRedis,
  recordsKey: string,
  peers: Buffer[]
): Promise<(StoredRecord | undefined)[]> {
  const pages: Promise<(Buffer | null)[]>[] = []

  for (let start = 0; start < peers.length; start += RECORDS_PER_COMMAND) {
    pages.push(redis.hmgetBuffer(recordsKey, ...peers.slice(start, start + RECORDS_PER_COMMAND)))
  }

  return (await Promise.all(pages))
    .flat()
    .map((stored) => (stored == null ? undefined : parseStoredRecord(stored)))
}

/** Records read at first: as many of the largest as fit into one answer to a peer. */
const RECORDS_AT_FIRST = 256

/**
 * As {@link readRecords}, but stops once there are `bytesMax` bytes of records: then it is shorter
 * than `peers`.
 */
export async function readFirstRecords(
  redis: ScriptedRedis,
  recordsKey: string,
  peers: Buffer[],
  bytesMax: number
): Promise<(StoredRecord | undefined)[]> {
  const stored: (StoredRecord | undefined)[] = []
  let next = RECORDS_AT_FIRST
  let bytes = 0

  while (stored.length < peers.length && bytes < bytesMax) {
    const some = peers.slice(stored.length, stored.length + next)
    const read = await readRecords(redis, recordsKey, some)

    stored.push(...read)
    bytes += read.reduce((sum, one) => sum + (one?.record.byteLength ?? 0), 0)
    // As many as fit if they are like those before.
    next = Math.ceil(((bytesMax - bytes) * stored.length) / Math.max(bytes, 1))
  }

  return stored
}
