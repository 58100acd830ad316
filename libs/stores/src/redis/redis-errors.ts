import { StoreConfigurationError, type StoreErrorKind } from '../store-errors.ts'

/** A script ran after its deadline, and did nothing. */
export class LateWriteError extends Error {
  override name = 'LateWriteError'
}

/** The code that starts Redis's own errors, `undefined` for an error that is not Redis's. */
export function redisErrorCode(error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : ''

  return /^([A-Z]{2,})\b/.exec(message)?.[1]
}

/** Answers of Redis that no waiting changes, and what to do about them. */
const REFUSALS: Readonly<Record<string, string>> = {
  WRONGPASS: 'Redis refuses the user name or password of --store',
  NOAUTH: 'Redis wants a password: add it to the URL of --store',
  NOPERM: 'the Redis user of --store lacks a right',
  MOVED: '--store names one node of a Redis Cluster, which is not supported',
  CLUSTERDOWN: '--store names one node of a Redis Cluster, which is not supported'
}

/** What makes a store unusable for good, `undefined` for an error that may pass. */
export function refusal(error: unknown): StoreConfigurationError | undefined {
  const text = error instanceof Error ? error.message : ''
  // Inside of a script a missing right has no code of its own.
  const code = /can't run this command|ACL failure in script/.test(text)
    ? 'NOPERM'
    : (redisErrorCode(error) ?? '')
  const message = REFUSALS[code]

  return message == null
    ? undefined
    : new StoreConfigurationError(`${message} (${text})`, { cause: error })
}

export function errorKind(error: unknown): StoreErrorKind {
  if (error instanceof LateWriteError) {
    return 'late'
  }

  switch (redisErrorCode(error)) {
    case 'OOM':
      return 'full'
    case 'READONLY':
      return 'read-only'
    case undefined:
      // ioredis has no codes for its own errors: they are of time or of the connection.
      return error instanceof Error && error.message === 'Command timed out'
        ? 'timeout'
        : 'connection'
    default:
      return 'other'
  }
}
