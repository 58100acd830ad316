import { GRACE_MS } from '@rendezvous-cluster/rendezvous'
import type { NamespaceKeys } from './keys.ts'
import type { PoolContent } from './namespace-pools.ts'
import type { RedisClock } from './redis-clock.ts'
import type { ScriptedRedis } from './scripts.ts'

/** Up to this many live registrations a pool is the whole namespace. */
export const WHOLE_MAX = 5000

/** Registrations in a pool of a larger namespace, give or take a window. */
const PART_SIZE = 2000

/** Neighbouring ranks read together. Few, so that peers who registered together are not drawn together. */
const WINDOW_RANKS = 4

/** Records asked for in one command, so that Redis is never held for long. */
const RECORDS_PER_COMMAND = 500

type Scored = { peer: Buffer; expiresAtMs: number }

/** Reads a namespace from Redis: all of it, or, when it is large, a random part. Never writes. */
export async function fillPool(
  redis: ScriptedRedis,
  clock: RedisClock,
  random: () => number,
  keys: NamespaceKeys
): Promise<PoolContent> {
  const aliveAfterMs = `(${(await readTime(redis, clock)) - GRACE_MS}`
  const alive = await redis.zcount(keys.expiries, aliveAfterMs, '+inf')

  if (alive === 0) {
    return { isWhole: true, members: [] }
  }

  const isWhole = alive <= WHOLE_MAX
  const scored = isWhole
    ? await readWhole(redis, keys, aliveAfterMs)
    : await readPart(redis, random, keys, alive)

  return { isWhole, members: await readRecords(redis, keys, scored) }
}

/** Redis's time in milliseconds, noted by the clock too. */
export async function readTime(redis: ScriptedRedis, clock: RedisClock): Promise<number> {
  const sentAtMs = clock.local()
  const [seconds, microseconds] = await redis.time()
  const redisMs = Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)

  clock.observe(redisMs, sentAtMs)

  return redisMs
}

async function readWhole(
  redis: ScriptedRedis,
  { expiries }: NamespaceKeys,
  aliveAfterMs: string
): Promise<Scored[]> {
  return toScored(
    await redis.zrangebyscoreBuffer(
      expiries,
      aliveAfterMs,
      '+inf',
      'WITHSCORES',
      'LIMIT',
      0,
      WHOLE_MAX
    )
  )
}

/** Windows of a few ranks at distinct random places among the live ones, which are the last. */
async function readPart(
  redis: ScriptedRedis,
  random: () => number,
  { expiries }: NamespaceKeys,
  alive: number
): Promise<Scored[]> {
  const windows = new Set<number>()

  while (windows.size < PART_SIZE / WINDOW_RANKS) {
    windows.add(Math.floor((random() * alive) / WINDOW_RANKS))
  }

  const replies = await Promise.all(
    [...windows].map((window) => {
      const last = -1 - window * WINDOW_RANKS
      const first = Math.max(last - WINDOW_RANKS + 1, -alive)

      return redis.zrangeBuffer(expiries, String(first), String(last), 'WITHSCORES')
    })
  )

  return replies.flatMap(toScored)
}

async function readRecords(
  redis: ScriptedRedis,
  { records }: NamespaceKeys,
  scored: Scored[]
): Promise<PoolContent['members']> {
  const members: PoolContent['members'] = []

  for (let start = 0; start < scored.length; start += RECORDS_PER_COMMAND) {
    const page = scored.slice(start, start + RECORDS_PER_COMMAND)
    const found = await redis.hmgetBuffer(records, ...page.map(({ peer }) => peer))

    for (const [index, record] of found.entries()) {
      const { peer, expiresAtMs } = page[index] as Scored

      // Removed since its rank was read: no longer anybody's registration.
      if (record != null) {
        members.push({ peerKey: peer.toString('latin1'), record, expiresAtMs })
      }
    }
  }

  return members
}

/** From the flat list of members and scores that Redis answers. */
function toScored(flat: Buffer[]): Scored[] {
  const scored: Scored[] = []

  for (let index = 0; index < flat.length; index += 2) {
    scored.push({ peer: flat[index] as Buffer, expiresAtMs: Number(flat[index + 1]) })
  }

  return scored
}
