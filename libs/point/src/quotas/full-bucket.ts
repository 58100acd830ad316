import { TokenBucket } from 'limiter'
import type { Rate } from '../point-limits.ts'

/** A bucket as the library has it, but full: a new one of its own is empty. */
export function fullBucket({ perSecond, burst }: Rate): TokenBucket {
  const bucket = new TokenBucket({
    bucketSize: burst,
    tokensPerInterval: perSecond,
    interval: 'second'
  })

  bucket.content = burst

  return bucket
}
