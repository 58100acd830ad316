import type { TtlBounds } from './dialect-rules.ts'
import { InvalidTtlError, PolicyRefusedError } from './errors.ts'

/**
 * The lifetime a REGISTER gets, in seconds: what it asks for, or the default where that is nothing
 * or zero. The policy's default counts before the dialect's and is moved into the bounds of both.
 *
 * @param policy - narrows the dialect's bounds; where they don't overlap nothing is granted
 * @throws InvalidTtlError outside of the dialect's bounds: a TTL is refused, never cut
 * @throws PolicyRefusedError outside of the policy's
 */
export function grantTtl(
  requested: bigint | undefined,
  dialect: TtlBounds,
  policy: Partial<TtlBounds> = {}
): number {
  const min = Math.max(dialect.min, policy.min ?? dialect.min)
  const max = Math.min(dialect.max, policy.max ?? dialect.max)
  const fallback = Math.min(Math.max(policy.default ?? dialect.default, min), max)
  const ttl = requested || BigInt(fallback)

  if (requested && (ttl < dialect.min || ttl > dialect.max)) {
    throw new InvalidTtlError()
  }

  if (ttl < min || ttl > max) {
    throw new PolicyRefusedError('ttl')
  }

  return Number(ttl)
}
