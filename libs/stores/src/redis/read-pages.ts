import {
  type Namespace,
  type PagedRegistration,
  RECORD_KINDS,
  type RecordKind,
  type RegistrationPage,
  remainingSeconds
} from '@rendezvous-cluster/rendezvous'
import { BUCKETS, listedKey, type NamespaceKeys, nsidKeys } from './keys.ts'
import type { NamespaceNames } from './namespace-names.ts'
import { type PackedMember, unpackMembers } from './packed-members.ts'
import { readHead } from './read-head.ts'
import { type ListedEntry, readLowestListed } from './read-lowest-listed.ts'
import { readMoving } from './read-moving.ts'
import { readRecords } from './read-records.ts'
import type { StoredRecord } from './record-header.ts'
import type { RedisConnection } from './redis-connection.ts'

/** Reads of a page that finds expired registrations only. The sweeper is behind then: go on later. */
const ROUNDS_MAX = 20

/** Registrations of a namespace read by one script, which holds Redis up for about half a millisecond then. */
const LOOKED_AT_ONCE = 250

/** Bytes of records that a page needs no more of: no answer to a peer is as long. */
const PAGE_BYTES_MAX = 1024 * 1024

/** Most registrations of a page over all namespaces: it asks Redis for about as many keys. */
const PAGE_OF_ALL_MAX = 400

export interface ReadPageInit {
  connection: RedisConnection
  prefix: string
  names: NamespaceNames
  /** How long registrations outlive their TTL, in milliseconds. */
  graceMs: number
}

/** Registrations of one namespace, in the order of their sequences. */
export interface MemberPage {
  members: PackedMember[]
  /** As of a {@link RegistrationPage}. */
  cursor: number
  /** Whether no other registration had a higher sequence. */
  isLast: boolean
}

/** A page of one namespace: up to so many live members with a sequence above `after`. Never writes. */
export async function readPage(
  { connection, graceMs }: Pick<ReadPageInit, 'connection' | 'graceMs'>,
  keys: NamespaceKeys,
  after: number,
  limit: number
): Promise<MemberPage> {
  const { order, records } = keys
  const members: PackedMember[] = []
  let cursor = after
  let looked = 0
  let bytes = 0
  let isLast = false

  for (let round = 0; round < ROUNDS_MAX; round++) {
    const count = Math.min(limit, LOOKED_AT_ONCE)
    const script = () =>
      connection.readTimed(order, () =>
        connection.client.rendezvousPageBuffer(order, records, cursor, count, graceMs)
      )
    const read = await readMoving(connection, order, script)

    if (read == null) {
      return { members, cursor, isLast: true }
    }

    const { nowUs, answer } = read
    const [last, answeredLast, peers, stored] = answer

    if (last.byteLength === 0 && members.length === 0) {
      const isBeyond = cursor > nowUs && cursor > (await readHead(connection, order))

      // A cursor that no sequence has come to is another registry's, or of before a flush.
      return isBeyond && cursor > 0
        ? readPage({ connection, graceMs }, keys, 0, limit)
        : { members, cursor, isLast: true }
    }

    const before = cursor

    cursor = last.byteLength === 0 ? cursor : Number(last)
    looked += count
    bytes += stored.byteLength
    members.push(...inPlace(unpackMembers(peers, stored), before, cursor))

    isLast = answeredLast === 1

    if (isLast || (members.length > 0 && (looked >= limit || bytes >= PAGE_BYTES_MAX))) {
      break
    }
  }

  // One script has each peer once.
  return { members: looked > LOOKED_AT_ONCE ? latestOfEach(members) : members, cursor, isLast }
}

/**
 * In the order of their sequences, without those whose sequence is of another part of the order: a node that keeps no
 * order yet gives a refreshed registration another sequence, and leaves its place.
 */
function inPlace(members: PackedMember[], after: number, last: number): PackedMember[] {
  return members
    .filter(({ sequence }) => sequence > after && sequence <= last)
    .sort((one, other) => one.sequence - other.sequence)
}

/** Without the former places of those that were refreshed between two of the scripts that read a page. */
function latestOfEach(members: PackedMember[]): PackedMember[] {
  const places = new Map(members.map(({ peerKey }, place) => [peerKey, place]))

  return members.filter(({ peerKey }, place) => places.get(peerKey) === place)
}

/**
 * A page over all namespaces of a kind, in the order of their sequences. Never writes.
 *
 * Buckets are counted apart, so another one may still be given a sequence lower than the highest
 * seen here. It will be that of its own clock though: nothing at or above the earliest clock, read
 * ahead of everything else, is returned yet.
 */
export async function readPageOfAll(
  init: ReadPageInit,
  kind: RecordKind,
  after: number,
  limit: number
): Promise<RegistrationPage> {
  const listed = Array.from({ length: BUCKETS }, (_, bucket) =>
    listedKey(init.prefix, bucket, RECORD_KINDS[kind].byte)
  )
  let cursor = after

  for (let round = 0; round < ROUNDS_MAX; round++) {
    const timesUs = await readTimes(init.connection, listed)
    const watermark = Math.min(...timesUs)
    const entries = await readLowestListed(
      init.connection,
      listed,
      { after: cursor, before: watermark },
      Math.min(limit, PAGE_OF_ALL_MAX)
    )

    if (entries.length === 0) {
      return (await isBeyondAll(init.connection, listed, cursor, Math.max(...timesUs)))
        ? readPageOfAll(init, kind, 0, limit)
        : { registrations: [], cursor: Math.max(cursor, watermark - 1) }
    }

    const registrations = await readListed(init, entries, watermark / 1000)

    cursor = (entries.at(-1) as ListedEntry).sequence

    if (registrations.length > 0) {
      return { registrations, cursor }
    }
  }

  return { registrations: [], cursor }
}

/** Looks entries up, with one command for each of their namespaces. */
async function readListed(
  { connection, prefix, graceMs, names }: ReadPageInit,
  entries: ListedEntry[],
  nowMs: number
): Promise<PagedRegistration[]> {
  const byNsid = Map.groupBy(entries, ({ nsid }) => nsid)
  const namespaces = await names.read(byNsid.keys())
  const reading = [...byNsid].map(async ([nsid, ofNamespace]) => {
    const { records } = nsidKeys(prefix, nsid)
    const peers = ofNamespace.map(({ peer }) => peer)
    const namespace = namespaces.get(nsid)?.namespace
    const stored = await connection
      .shardOf(records)
      .run(() => readRecords(connection.client, records, peers))

    return namespace == null
      ? []
      : ofNamespace.flatMap(({ sequence }, index) => {
          const one = stored[index]

          return isInPlace(one, sequence, nowMs - graceMs) ? [toPaged(one, namespace, nowMs)] : []
        })
  })
  const registrations = (await Promise.all(reading)).flat()

  return registrations.sort((one, other) => one.sequence - other.sequence)
}

/** Whether it has neither ended nor another place in the order by now. */
function isInPlace(
  stored: StoredRecord | undefined,
  sequence: number,
  aliveAfterMs: number
): stored is StoredRecord {
  return stored?.sequence === sequence && stored.expiresAtMs > aliveAfterMs
}

/** As it is returned at this time of Redis. */
export function toPaged(
  { record, expiresAtMs, sequence }: StoredRecord,
  namespace: Namespace,
  nowMs: number
): PagedRegistration {
  return { namespace, record, ttlSeconds: remainingSeconds(expiresAtMs, nowMs), sequence }
}

/** What time it is on each server that holds some of the keys, in microseconds. */
async function readTimes(connection: RedisConnection, keys: string[]): Promise<number[]> {
  const keyOfShard = new Map(keys.map((key) => [connection.shardOf(key), key]))

  return Promise.all(
    [...keyOfShard].map(([shard, key]) => shard.run(() => connection.readTimeUs(key)))
  )
}

async function isBeyondAll(
  connection: RedisConnection,
  keys: string[],
  cursor: number,
  nowUs: number
): Promise<boolean> {
  if (cursor === 0 || cursor <= nowUs) {
    return false
  }

  const heads = await Promise.all(
    keys.map((key) => connection.shardOf(key).run(() => readHead(connection, key)))
  )

  return cursor > Math.max(...heads)
}
