import { type FastifyInstance, fastify } from 'fastify'
import type { PrometheusMetrics } from './prometheus-metrics.ts'

/** What a node tells about itself at `/api/v1/node`. */
export interface NodeStatus {
  peerId: string
  /** Where the node is reached; each ends in `/p2p/<peerId>`. */
  multiaddrs: string[]
  /** URL of this sidecar. */
  sidecar: string
  version: string
  /** Names of the dialects served. */
  protocols: string[]
  uptimeSeconds: number
  connections: number
  draining: boolean
  /** Kind of store, and whether it answered last. */
  store: { kind: string; up: boolean }
}

export interface SidecarInit {
  metrics: PrometheusMetrics
  node: () => NodeStatus
  /** Whether this node takes requests: it listens and is not draining. */
  isReady: () => boolean
}

/**
 * The HTTP side of a front node: `/livez`, `/readyz`, `/metrics` and `/api/v1/node`. Neither health
 * check looks at the store: all nodes share it, so taking them out of service helps nobody.
 */
export function createSidecar({ metrics, node, isReady }: SidecarInit): FastifyInstance {
  const sidecar = fastify({ logger: false, forceCloseConnections: true })

  sidecar.get('/livez', async (_request, reply) => reply.type('text/plain').send('ok\n'))

  sidecar.get('/readyz', async (request, reply) => {
    const ready = isReady()

    reply.code(ready ? 200 : 503)

    if ((request.query as Record<string, unknown>).verbose == null) {
      return reply.type('text/plain').send(ready ? 'ok\n' : 'not ready\n')
    }

    const { draining, store } = node()

    return { ready, draining, store }
  })

  sidecar.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  )

  sidecar.get('/api/v1/node', async () => node())

  return sidecar
}
