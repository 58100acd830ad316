import { GRACE_MS, Namespace } from '@rendezvous-cluster/rendezvous'
import { admissionsKey, namespaceKeys, reservationsKey } from './keys.ts'
import type { RedisConnection } from './redis-connection.ts'
import { scriptKeys } from './scripts.ts'

/** Peers may register there as anywhere: the probe only touches a registration of its own. */
const PROBE = Namespace.fromText('rendezvous: probe of rights')

/** No peer id has so few bytes. */
const NOBODY = Buffer.from('probe')

/**
 * Does once all that the store does, on a namespace of its own that is gone afterwards, so that a
 * missing right shows at the start and not with the first peer.
 *
 * @throws what Redis answers to the first command it refuses
 */
export async function probeRights({ client }: RedisConnection, prefix: string): Promise<void> {
  const keys = namespaceKeys(prefix, 'peer-record', PROBE)
  const { expiries, order, records, bucket, nsid, identity, listed } = keys
  const never = Number.MAX_SAFE_INTEGER
  const reservations = reservationsKey(prefix, NOBODY)
  const admissions = admissionsKey(prefix)

  await client.rendezvousTime(expiries)

  const [, , , reservation] = await client.rendezvousReserve(
    ...[reservations, nsid, 1, 0, 1000, 1, 0]
  )

  await client.rendezvousRelease(reservations, nsid, reservation, 0)
  await client.zrangebyscore(reservations, 0, 0)
  await client.rendezvousAdmit(admissions, nsid, 1000)
  await client.zrem(admissions, nsid)
  await client.rendezvousAnnounce(`${prefix}probe`, ...['probe', 'probe', '{}', 1])
  await client.rendezvousPut(
    ...scriptKeys(keys),
    ...[NOBODY, NOBODY, 1, GRACE_MS, never, nsid, identity, 1, never, 0, 1, 1, 1, 1]
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
  await client.rendezvousPurge(...scriptKeys(keys), nsid, GRACE_MS, 1)
  await client.rendezvousRemove(...scriptKeys(keys), NOBODY, GRACE_MS, never, nsid)
}
