import type { TtlBounds } from './dialect-rules.ts'
import { InvalidTtlError } from './errors.ts'

/**
 * The lifetime a REGISTER gets, in seconds: what it asks for, or the default where that is nothing
 * or zero. The policy's default counts before the dialect's and is moved into the bounds of both.
 *
 * @param policy - narrows the dialect's bounds; where they don't overlap nothing is granted
 * @throws InvalidTtlError outside of the bounds: a TTL is refused, never cut
 */
export function grantTtl(
  requested: bigint | undefined,
  dialect: TtlBounds,
  policy: Partial<TtlBounds> = {}
): number {
  const min = Math.max(dialect.min, policy.min ?? dialect.min)
  const max = Math.min(dialect.max, policy.max ?? dialect.max)
  const fallback = Math.min(Math.max(policy.default ?? dialect.default, min), max)
  const ttl = requested == null || requested === 0n ? BigInt(fallback) : requested

  if (ttl < min || ttl > max) {
    throw new InvalidTtlError()
  }

  return Number(ttl)
}
