import type { ClusterSettings } from './cluster-settings.ts'
import { PART_SIZE, WHOLE_MAX } from './copy-policy.ts'
import type { NamespaceKeys } from './keys.ts'
import type { CopiedMember } from './namespace-copy.ts'
import type { PoolContent } from './namespace-pools.ts'
import { readHead } from './read-head.ts'
import { readPrefixes } from './read-prefixes.ts'
import { readRecords } from './read-records.ts'
import type { RedisConnection } from './redis-connection.ts'

/** Neighbouring ranks read together. Few, so that peers who registered together are not drawn together. */
const WINDOW_RANKS = 4

/** Reads so many records, at most, once there is room for them. */
export type ReadAtOnce = <T>(records: number, read: () => Promise<T>) => Promise<T>

export interface FillPoolInit {
  connection: RedisConnection
  random: () => number
  settings: Pick<ClusterSettings, 'graceMs' | 'isOrdered' | 'needsPrefixes'>
  readAtOnce: ReadAtOnce
}

/** Reads a namespace from Redis: all of it, or, when it is large, random parts. Never writes. */
export async function fillPool(
  init: FillPoolInit,
  keys: NamespaceKeys,
  parts: number
): Promise<PoolContent> {
  const { connection, settings } = init
  // Ahead of everything else: what is written from then on is above it.
  const [head, nowUs] = await Promise.all([
    settings.isOrdered ? readHead(connection, keys.order) : 0,
    connection.readTimeUs(keys.expiries)
  ])
  const { clock } = connection.shardOf(keys.expiries)
  const nowMs = Math.floor(nowUs / 1000)
  const aliveAfterMs = `(${nowMs - settings.graceMs}`
  const alive = await connection.client.zcount(keys.expiries, aliveAfterMs, '+inf')

  if (alive === 0) {
    return { clock, isWhole: true, members: [], nowMs, head }
  }

  const count = alive <= WHOLE_MAX ? alive : parts * PART_SIZE

  return init.readAtOnce(count, async () => {
    const whole = alive <= WHOLE_MAX ? await readWhole(init, keys, aliveAfterMs) : undefined

    if (whole != null) {
      return { clock, isWhole: true, members: await readMembers(init, keys, whole), nowMs, head }
    }

    const part = await readParts(init, keys, Math.max(alive, WHOLE_MAX), parts)

    return { clock, isWhole: false, members: await readMembers(init, keys, part) }
  })
}

async function readMembers(
  { connection: { client }, settings }: FillPoolInit,
  keys: NamespaceKeys,
  peers: Buffer[]
): Promise<CopiedMember[]> {
  const [found, prefixes] = await Promise.all([
    readRecords(client, keys.records, peers),
    settings.needsPrefixes ? readPrefixes(client, keys.prefixes, peers) : []
  ])
  const members: CopiedMember[] = []

  for (const [index, stored] of found.entries()) {
    // Removed since its rank was read: no longer anybody's registration.
    if (stored != null) {
      members.push({ ...stored, peerId: peers[index] as Buffer, ipPrefix: prefixes[index] })
    }
  }

  return members
}

/** `undefined` where it has grown since it was counted: without those who came, a page after it would pass them by. */
async function readWhole(
  { connection }: FillPoolInit,
  { expiries }: NamespaceKeys,
  aliveAfterMs: string
): Promise<Buffer[] | undefined> {
  const peers = await connection.client.zrangebyscoreBuffer(
    expiries,
    aliveAfterMs,
    '+inf',
    'LIMIT',
    0,
    WHOLE_MAX + 1
  )

  return peers.length > WHOLE_MAX ? undefined : peers
}

/** Windows of a few ranks at distinct random places among the live ones, which are the last. */
async function readParts(
  { connection, random }: FillPoolInit,
  { expiries }: NamespaceKeys,
  alive: number,
  parts: number
): Promise<Buffer[]> {
  const windows = new Set<number>()
  // The last one may be shorter, and has the same chance as the others: so has who is in it.
  const count = Math.ceil(alive / WINDOW_RANKS)

  // The few that are drawn twice make the part smaller, and no answer can make this endless.
  for (let draw = 0; draw < (parts * PART_SIZE) / WINDOW_RANKS; draw++) {
    windows.add(Math.floor(random() * count))
  }

  const ranges = await Promise.all(
    [...windows].map((window) => {
      const last = -1 - window * WINDOW_RANKS
      const first = Math.max(last - WINDOW_RANKS + 1, -alive)

      return connection.client.zrangeBuffer(expiries, String(first), String(last))
    })
  )

  return ranges.flat()
}
