import { GRACE_MS, Namespace } from '@rendezvous-cluster/rendezvous'
import { namespaceKeys } from './keys.ts'
import { type ScriptedRedis, scriptKeys } from './scripts.ts'

/** Peers may register there as anywhere: the probe only touches a registration of its own. */
const PROBE = Namespace.fromText('rendezvous: probe of rights')

/**
 * Does once all that the store does, on a namespace of its own that is gone afterwards, so that a
 * missing right shows at the start and not with the first peer.
 *
 * @throws what Redis answers to the first command it refuses
 */
export async function probeRights(redis: ScriptedRedis, prefix: string): Promise<void> {
  const keys = namespaceKeys(prefix, 'peer-record', PROBE)
  const { expiries, records, bucket, nsid, identity } = keys
  const never = Number.MAX_SAFE_INTEGER

  await redis.time()
  await redis.rendezvousPut(
    ...scriptKeys(keys),
    ...['probe', 'probe', 1, GRACE_MS, never, nsid, identity, 1]
  )
  await redis.zcount(expiries, 0, 0)
  await redis.zrangebyscore(expiries, 0, 0)
  await redis.zrange(expiries, '0', '0')
  await redis.hmget(records, 'nobody')
  await redis.hvals(bucket.counts)
  await redis.hgetall(bucket.namespaces)
  await redis.zrangebyscore(bucket.due, 0, 0)
  await redis.rendezvousPurge(...scriptKeys(keys), nsid, GRACE_MS, 1)
  await redis.rendezvousRemove(...scriptKeys(keys), 'probe', GRACE_MS, never, nsid)
}
