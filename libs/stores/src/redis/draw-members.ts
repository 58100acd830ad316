import type { NamespaceKeys } from './keys.ts'
import { type PackedMember, unpackMembers } from './packed-members.ts'
import { readMoving } from './read-moving.ts'
import type { RedisClock } from './redis-clock.ts'
import type { RedisConnection } from './redis-connection.ts'

/** Scripts take whole numbers below it as seeds. */
const SEEDS = 2 ** 31

const NOTHING = Buffer.alloc(0)
const NONE: [alive: number, peers: Buffer, records: Buffer] = [0, NOTHING, NOTHING]

export interface DrawMembersInit {
  connection: RedisConnection
  /** How long registrations outlive their TTL, in milliseconds. */
  graceMs: number
  random: () => number
}

export interface DrawnMembers {
  /** Of the server that they were read from. */
  clock: RedisClock
  /** Live registrations of the namespace. */
  alive: number
  /** As many as were wanted at random, or all where those are at most twice as many. */
  members: PackedMember[]
}

/** Draws live registrations of a namespace in Redis. Never writes. */
export async function drawMembers(
  { connection, graceMs, random }: DrawMembersInit,
  keys: NamespaceKeys,
  wanted: number
): Promise<DrawnMembers> {
  const { expiries, records } = keys
  const draw = () =>
    connection.readTimed(expiries, () =>
      connection.client.rendezvousDrawBuffer(
        ...[expiries, records],
        ...[graceMs, wanted, Math.floor(random() * SEEDS)]
      )
    )
  const drawn = await readMoving(connection, expiries, draw)
  const [alive, peers, stored] = drawn?.answer ?? NONE

  return { clock: connection.shardOf(expiries).clock, alive, members: unpackMembers(peers, stored) }
}
