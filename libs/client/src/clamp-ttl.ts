import type { DialectRules } from '@rendezvous-cluster/rendezvous'

/** Points have sent lifetimes beyond all bounds: of what they say, what the dialect allows is taken. */
export function clampTtl(ttl: bigint, { ttlSeconds }: DialectRules): number {
  if (ttl < ttlSeconds.min) {
    return ttlSeconds.min
  }

  return ttl > ttlSeconds.max ? ttlSeconds.max : Number(ttl)
}
