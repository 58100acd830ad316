import { parseRedisUrl, type RedisAddress } from '@rendezvous-cluster/stores'
import { type OptionName, optionLabel } from './option-table.ts'

interface Use {
  options: readonly OptionName[]
  /** Whether a store of this URL makes use of them. */
  isMade: (address: RedisAddress) => boolean
  /** What is wrong where it does not, and what to do about it. */
  otherwise: string
}

const USES: readonly Use[] = [
  {
    options: ['redis-ca-file', 'redis-cert-file', 'redis-key-file', 'redis-server-name'],
    isMade: ({ tls }) => tls,
    otherwise:
      'is for TLS, and the store is reached without it: write rediss instead of redis in --store'
  },
  {
    options: ['redis-sentinel-username', 'redis-sentinel-password', 'redis-sentinel-password-file'],
    isMade: ({ topology }) => topology === 'sentinel',
    otherwise:
      'is for Sentinels, and the store names none: ' +
      'write redis+sentinel://host:port,…/<primary> in --store, or leave it out'
  },
  {
    options: ['redis-nat-map'],
    isMade: ({ topology }) => topology !== 'standalone',
    otherwise:
      'is for what Sentinels or a Cluster name, and the store is one server: ' +
      'write in --store where to reach it, or redis+sentinel or redis+cluster'
  }
]

/**
 * Settings of Redis that a store of this URL makes no use of. To pass over those for TLS would be to send
 * passwords in the clear.
 *
 * @param store - as given; beside one that is no Redis, for a while or in tests, they do no harm
 * @param given - the settings that are
 */
export function redisProblems(
  store: string | string[] | undefined,
  given: ReadonlyMap<OptionName, unknown>
): string[] {
  const address = typeof store === 'string' ? parseRedisUrl(store) : undefined

  if (address == null) {
    return []
  }

  return USES.filter(({ isMade }) => !isMade(address)).flatMap(({ options, otherwise }) =>
    options.filter((each) => given.has(each)).map((each) => `${optionLabel(each)} ${otherwise}`)
  )
}
