import { GRACE_MS } from '@rendezvous-cluster/rendezvous'
import type { ClusterSettings } from './cluster-settings.ts'
import { admissionsKey, namespaceKeysOfIdentity, reservationsKey } from './keys.ts'
import type { RedisConnection } from './redis-connection.ts'
import { scriptKeys } from './scripts.ts'

/** Of a kind that no dialect has: nobody can register there or see it. */
const PROBE = Buffer.from('\xffprobe of rights', 'latin1')

/** No peer id has so few bytes. */
const NOBODY = Buffer.from('probe')

/**
 * Does once all that the store does, on a namespace of its own that is gone afterwards, so that a
 * missing right shows at the start and not with the first peer.
 *
 * @throws what Redis answers to the first command it refuses
 */
export async function probeRights(
  { client }: RedisConnection,
  prefix: string,
  { needsPrefixes }: ClusterSettings
): Promise<void> {
  const keys = namespaceKeysOfIdentity(prefix, PROBE)
  const { expiries, order, records, bucket, nsid, identity, listed, prefixes } = keys
  const never = Number.MAX_SAFE_INTEGER
  const reservations = reservationsKey(prefix, NOBODY)
  const admissions = admissionsKey(prefix)

  // The first time the script itself is sent, from then on its name.
  await client.rendezvousTime(expiries)
  await client.rendezvousTime(expiries)

  const [, , , reservation] = await client.rendezvousReserve(...[reservations, nsid, 1000, 0, 1, 0])

  await client.rendezvousRelease(reservations, nsid, reservation)
  await client.zrangebyscore(reservations, 0, 0)
  await client.rendezvousAdmit(admissions, nsid, 1000)
  await client.zrem(admissions, nsid)
  await client.rendezvousAnnounce(`${prefix}probe`, ...['probe', 'probe', '{}', 1])
  await client.rendezvousPut(
    ...scriptKeys(keys),
    ...[NOBODY, NOBODY, 1, GRACE_MS, never, nsid, identity, 1, never, 0, 1, 1, 1, 1, 0, 0, '', 0]
  )
  await client.zcount(expiries, 0, 0)
  await client.zrangebyscore(order, 0, 0)
  await client.zrange(listed, '0', '0')
  await client.zscore(expiries, 'nobody')
  await client.hmget(records, 'nobody')
  await client.hvals(bucket.counts)
  await client.hlen(bucket.namespaces)
  await client.hgetall(bucket.namespaces)
  await client.zrangebyscore(bucket.due, 0, 0)

  // A user with the rights of before prefixes were kept serves on where nobody needs them.
  if (needsPrefixes) {
    await client.zmscore(prefixes, 'nobody')
  }

  await client.rendezvousPurge(...scriptKeys(keys), nsid, GRACE_MS, 1, never, 0)
  await client.rendezvousRemove(...scriptKeys(keys), NOBODY, GRACE_MS, never, nsid, 0)
}
