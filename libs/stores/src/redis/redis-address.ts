/** What a URL says of a Redis. What it leaves out is absent, but for ports: 6379, of a Sentinel 26379. */
export interface RedisAddress {
  topology: 'standalone' | 'sentinel' | 'cluster'
  tls: boolean
  /** Of the server, of the Sentinels, or of some nodes of the Cluster. */
  hosts: { host: string; port: number }[]
  /** Name under which the Sentinels know the primary. */
  primaryName?: string
  username?: string
  password?: string
  /** Number of the database; a Cluster has one only. */
  database?: number
}

const SENTINEL_PORT = 26_379
const REDIS_PORT = 6379

/**
 * Reads a URL of one of these forms, with `rediss` instead of `redis` for TLS:
 *
 * - `redis://[user:password@]host[:port][/db]`
 * - `redis+sentinel://[user:password@]host[:port],…/<primary>[/db]`
 * - `redis+cluster://[user:password@]host[:port],…`
 *
 * User and password are those of the servers that hold data, percent-encoded.
 *
 * @returns `undefined` for anything else
 */
export function parseRedisUrl(url: string): RedisAddress | undefined {
  const [, scheme = '', rest = ''] = /^([a-z+]+)(:.*)$/is.exec(url) ?? []
  const [, tls, topology = 'standalone', credentials, hostList, path = ''] =
    /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^@/]+)(?:\/(.*))?$/.exec(
      scheme.toLowerCase() + rest
    ) ?? []
  const isSentinel = topology === 'sentinel'
  const hosts = (hostList ?? '')
    .split(',')
    .map((text) => parseHost(text, isSentinel ? SENTINEL_PORT : REDIS_PORT))
  const [, primaryName, database = ''] =
    (isSentinel ? /^([\w.-]+)(?:\/(\d*))?$/ : /^()(\d*)$/).exec(path) ?? []
  const [username, password] = (credentials ?? '').split(/:(.*)/s).map(decoded)

  if (
    primaryName == null ||
    hosts.some((host) => host == null) ||
    username == null ||
    (credentials?.includes(':') && password == null) ||
    (topology === 'standalone' && hosts.length > 1) ||
    (topology === 'cluster' && database !== '')
  ) {
    return undefined
  }

  return {
    topology: topology as RedisAddress['topology'],
    tls: tls !== '',
    hosts: hosts as RedisAddress['hosts'],
    ...(isSentinel && { primaryName }),
    ...(username !== '' && { username }),
    ...(password != null && password !== '' && { password }),
    ...(database !== '' && { database: Number(database) })
  }
}

/** A name, an IPv4 address, or an IPv6 address in brackets; then the port. */
function parseHost(text: string, portDefault: number): { host: string; port: number } | undefined {
  const [, ipv6, name, port] = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(text) ?? []
  const host = ipv6 ?? name

  return host == null || Number(port ?? 1) > 65_535 || Number(port ?? 1) === 0
    ? undefined
    : { host, port: Number(port ?? portDefault) }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
