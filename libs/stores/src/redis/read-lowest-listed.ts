import type { RedisConnection } from './redis-connection.ts'

/** Characters of a nsid, which a listed member starts with. */
const NSID_LENGTH = 22

/** Entries asked of each bucket at first, besides its share of what is wanted. */
const MARGIN = 4

export interface ListedEntry {
  nsid: string
  peer: Buffer
  sequence: number
}

interface Source {
  key: string
  entries: ListedEntry[]
  /** Whether all of it was read. */
  isExhausted: boolean
}

/**
 * The entries with the lowest sequences of many orders together, without a gap: a merge that asks
 * each for a few at first, and again only those that may hold some of the lowest.
 *
 * @param range - sequences above `after` and below `before`
 */
export async function readLowestListed(
  connection: RedisConnection,
  keys: string[],
  range: { after: number; before: number },
  limit: number
): Promise<ListedEntry[]> {
  const sources = keys.map((key): Source => ({ key, entries: [], isExhausted: false }))
  let asked = sources
  let count = Math.min(limit, Math.ceil(limit / sources.length) + MARGIN)

  for (;;) {
    await Promise.all(asked.map((source) => readMore(connection, source, range, count)))

    const lowest = sources
      .flatMap(({ entries }) => entries)
      .sort((one, other) => one.sequence - other.sequence)
      .slice(0, limit)
    const bound = lowest.length < limit ? Number.POSITIVE_INFINITY : lastSequence(lowest)

    // Whatever a source has not shown yet comes after the last entry it has shown.
    asked = sources.filter((source) => !source.isExhausted && lastSequence(source.entries) < bound)

    if (asked.length === 0) {
      return withoutHalves(lowest, sources)
    }

    count = Math.min(limit, count * 4)
  }
}

async function readMore(
  connection: RedisConnection,
  source: Source,
  { after, before }: { after: number; before: number },
  count: number
): Promise<void> {
  const { key, entries } = source
  const from = entries.length === 0 ? after : lastSequence(entries)
  const flat = await connection
    .shardOf(key)
    .run(() =>
      connection.client.zrangebyscoreBuffer(
        key,
        `(${from}`,
        `(${before}`,
        'WITHSCORES',
        'LIMIT',
        0,
        count
      )
    )

  for (let index = 0; index < flat.length; index += 2) {
    const member = flat[index] as Buffer

    entries.push({
      nsid: member.toString('latin1', 0, NSID_LENGTH),
      peer: member.subarray(NSID_LENGTH),
      sequence: Number(flat[index + 1])
    })
  }

  source.isExhausted = flat.length < 2 * count
}

/**
 * Servers may give out the same sequence. Readers go on above the last one, so those with the same
 * are returned together, or all of them later.
 */
function withoutHalves(lowest: ListedEntry[], sources: Source[]): ListedEntry[] {
  const last = lastSequence(lowest)
  const ofLast = sources.flatMap(({ entries }) =>
    entries.filter(({ sequence }) => sequence === last)
  )
  const before = lowest.filter(({ sequence }) => sequence < last)

  return before.length + ofLast.length === lowest.length || before.length === 0
    ? [...before, ...ofLast]
    : before
}

function lastSequence(entries: ListedEntry[]): number {
  return entries.at(-1)?.sequence ?? Number.NEGATIVE_INFINITY
}
