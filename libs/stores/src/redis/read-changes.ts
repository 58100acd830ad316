import type { ClusterSettings } from './cluster-settings.ts'
import { CHANGES_MAX } from './copy-policy.ts'
import type { NamespaceKeys } from './keys.ts'
import { unpackPeers } from './packed-members.ts'
import { readMoving } from './read-moving.ts'
import { readPrefixes } from './read-prefixes.ts'
import type { StoredRecord } from './record-header.ts'
import type { RedisConnection } from './redis-connection.ts'

export interface ReadChangesInit {
  connection: RedisConnection
  settings: Pick<ClusterSettings, 'graceMs' | 'needsPrefixes'>
}

/** A registration that was made or refreshed; without `stored` where it has ended, or was removed since. */
export interface Change {
  peerId: Buffer
  stored?: StoredRecord
  ipPrefix?: number
}

export interface NamespaceChanges {
  /** Redis's time, in milliseconds. */
  nowMs: number
  /** Live registrations of the namespace. */
  alive: number
  /** In the order of their sequences; `undefined` where there are more than {@link CHANGES_MAX}. */
  changes?: Change[]
  /** Highest sequence of the namespace. */
  head: number
}

/** Reads what of a namespace has changed since a sequence. Never writes. */
export async function readChanges(
  { connection, settings }: ReadChangesInit,
  { expiries, order, records, prefixes }: NamespaceKeys,
  after: number
): Promise<NamespaceChanges | undefined> {
  const read = await readMoving(connection, expiries, () =>
    connection.readTimed(expiries, () =>
      connection.client.rendezvousChangesBuffer(
        ...[expiries, order, records],
        ...[after, CHANGES_MAX, settings.graceMs]
      )
    )
  )

  if (read == null) {
    return undefined
  }

  const [alive, changed, head, peers, stored] = read.answer
  const nowMs = Math.floor(read.nowUs / 1000)

  if (changed > CHANGES_MAX) {
    return { nowMs, alive, head: after }
  }

  const changes: Change[] = unpackPeers(peers, stored)

  if (settings.needsPrefixes && changes.length > 0) {
    const known = await readPrefixes(
      connection.client,
      prefixes,
      changes.map(({ peerId }) => peerId)
    )

    for (const [index, change] of changes.entries()) {
      change.ipPrefix = known[index]
    }
  }

  return { nowMs, alive, changes, head: changed === 0 ? after : Number(head) }
}
