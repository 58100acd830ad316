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
