import { readFileSync } from 'node:fs'
import { Cluster, Redis } from 'ioredis'

/**
 * A client made with nothing but a topology's URL, and for TLS the file of the authority to trust.
 */
export function connectClient(url: string, ca?: string): Redis | Cluster {
  const {
    kind = '',
    addresses = '',
    name
  } = /^rediss?(?:\+(?<kind>\w+))?:\/\/(?<addresses>[^/]+)(?:\/(?<name>.+))?$/.exec(url)?.groups ??
  {}
  const nodes = addresses.split(',').map((address) => {
    const { hostname, port } = new URL(`redis://${address}`)
    return { host: hostname, port: Number(port) }
  })
  const tls = ca === undefined ? undefined : { ca: readFileSync(ca) }

  switch (kind) {
    case 'cluster':
      return new Cluster(nodes, { redisOptions: { tls } })
    case 'sentinel':
      return new Redis({
        sentinels: nodes,
        name,
        tls,
        sentinelTLS: tls,
        enableTLSForSentinelMode: tls !== undefined
      })
    default:
      return new Redis({ ...nodes[0], tls })
  }
}
