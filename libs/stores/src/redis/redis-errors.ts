import { StoreConfigurationError, type StoreErrorKind } from '../store-errors.ts'
import { SilentServerError } from './silence-breaker.ts'

/** A script ran after its deadline, and did nothing. */
export class LateWriteError extends Error {
  override name = 'LateWriteError'
}

/**
 * Redis 6.2 puts an error inside of a script behind an explanation of its own, and so does ioredis with the
 * last answer where a Cluster sent it from server to server.
 */
const CODE =
  /^(?:ERR Error running script.*?: -|Too many Cluster redirections\. Last error: ReplyError: )?([A-Z]{2,})\b/

/** The code that starts Redis's own errors, `undefined` for an error that is not Redis's. */
export function redisErrorCode(error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : ''

  return CODE.exec(message)?.[1]
}

/** Answers that no waiting changes, and what to do about them. The first that fits counts. */
const REFUSALS: readonly (readonly [answer: RegExp, cure: string])[] = [
  [
    /Last error: (WRONGPASS|NOAUTH|NOPERM)/,
    'the Sentinels refuse the user name or password: give --redis-sentinel-password'
  ],
  [
    /Last error: ERR No such master/,
    'the Sentinels know no primary of the name that ends the URL of --store'
  ],
  [
    /cluster support disabled/,
    '--store names a Redis that is no Cluster: write redis:// instead of redis+cluster://'
  ],
  [/DB index is out of range/, 'Redis has no database of the number that ends the URL of --store'],
  // Inside of a script a missing right has no code of its own.
  [
    /^NOPERM|can't run this command|ACL failure in script/,
    'the Redis user of --store lacks a right: give it those of deploy/redis/users.acl'
  ],
  [
    /^WRONGPASS/,
    'Redis refuses the user name or password: give them by --redis-username and --redis-password-file, or in the ' +
      'URL of --store'
  ],
  [/^NOAUTH/, 'Redis wants a password: give it by --redis-password-file'],
  [
    /^MOVED/,
    '--store names one node of a Redis Cluster: write redis+cluster:// instead of redis://'
  ]
]

/** What makes a store unusable for good, `undefined` for an error that may pass. */
export function refusal(error: unknown): StoreConfigurationError | undefined {
  const text = messageOf(error)
  const cure = REFUSALS.find(([answer]) => answer.test(text))?.[1]

  return cure == null
    ? undefined
    : // Not the error itself: it holds the command, and that may hold the password.
      new StoreConfigurationError(`${cure} (${text})`)
}

/**
 * What an attempt to connect failed with. A Redis without TLS never answers a handshake, and one with TLS
 * hangs up on anything else: where that may be the cause, its cure is added.
 */
export function explainTls(error: unknown, tls: boolean): unknown {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException

  if (tls && code === 'ETIMEDOUT') {
    return new Error(
      `${message}; if Redis speaks no TLS there: write redis instead of rediss in --store, or give it a tls-port`
    )
  }

  if (!tls && code === 'ECONNRESET') {
    return new Error(
      `${message}; if Redis speaks TLS there: write rediss instead of redis in --store`
    )
  }

  return error
}

export function errorKind(error: unknown): StoreErrorKind {
  if (error instanceof LateWriteError) {
    return 'late'
  }

  if (error instanceof SilentServerError) {
    return 'silent'
  }

  switch (redisErrorCode(error)) {
    case 'OOM':
      return 'full'
    case 'READONLY':
      return 'read-only'
    case 'CLUSTERDOWN':
    case 'MASTERDOWN':
    case 'LOADING':
      return 'connection'
    case undefined:
      // ioredis has no codes for its own errors: they are of time or of the connection.
      return error instanceof Error && error.message === 'Command timed out'
        ? 'timeout'
        : 'connection'
    default:
      return 'other'
  }
}

/** A Cluster client tells why no node could be used by the error of the last one. */
function messageOf(error: unknown): string {
  const cause = (error as { lastNodeError?: unknown } | null)?.lastNodeError ?? error

  return cause instanceof Error ? cause.message : ''
}
