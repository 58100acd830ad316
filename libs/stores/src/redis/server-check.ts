import { StoreConfigurationError } from '../store-errors.ts'

/** `ZADD … LT` came with it. */
const VERSION_MIN = [6, 2]

/**
 * Reads Redis's INFO for what would go wrong later.
 *
 * @returns warnings for the operator, each naming the cure
 * @throws StoreConfigurationError when the server is too old
 */
export function checkServer(info: string): string[] {
  const fields = new Map(
    info.split('\r\n').map((line) => line.split(':', 2) as [string, string | undefined])
  )

  if (fields.get('redis_mode') === 'sentinel') {
    throw new StoreConfigurationError(
      '--store names a Sentinel: write redis+sentinel://host:port/<primary> instead of redis://'
    )
  }

  const version = fields.get('redis_version') ?? '0'
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const warnings: string[] = []

  if (major < (VERSION_MIN[0] as number) || (major === VERSION_MIN[0] && minor < 2)) {
    throw new StoreConfigurationError(
      `Redis ${version} is too old: ${VERSION_MIN.join('.')} or newer is needed (Valkey works too)`
    )
  }

  const policy = fields.get('maxmemory_policy')

  if (policy != null && policy !== 'noeviction') {
    warnings.push(
      `Redis may evict registrations (maxmemory-policy ${policy}): set maxmemory-policy noeviction`
    )
  }

  if (fields.get('maxmemory') === '0') {
    warnings.push(
      'Redis may take all memory of its machine, and be killed for that (maxmemory 0): ' +
        'set maxmemory, 1 KB for each registration, and no more than half of what the machine has'
    )
  }

  if (fields.get('aof_enabled') === '0') {
    warnings.push(
      'Redis does not persist writes: a restart loses registrations until their peers refresh. ' +
        'Set appendonly yes, appendfsync everysec'
    )
  }

  return warnings
}
