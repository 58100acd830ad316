import { type FastifyInstance, fastify } from 'fastify'
import type { ClusterOverview, NodeOverview } from './cluster-overview.ts'
import type { OverviewMoment } from './overview-history.ts'
import type { PrometheusMetrics } from './prometheus-metrics.ts'
import { StatusEvents } from './status-events.ts'
import { serveStatusPage } from './status-page/serve-status-page.ts'

/** What a node tells about itself at `/api/v1/node`. */
export interface NodeStatus {
  peerId: string
  /** Where the node is reached; each ends in `/p2p/<peerId>`. */
  multiaddrs: string[]
  /** Where it listens itself, in the same form. */
  listening: string[]
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

/** What a node knows of its cluster, at `/api/v1/cluster`. */
export interface ClusterStatus {
  nodes: Omit<NodeOverview, 'silent' | 'heardSecondsAgo' | 'connections' | 'requestsPerSecond'>[]
}

/** The whole cluster as this node sees it, at `/api/v1/status`. */
export interface StatusOverview extends ClusterOverview {
  /** What it was like before, the oldest first; of half an hour at most. */
  history: readonly OverviewMoment[]
}

/** A namespace that the operator lets everybody see, at `/api/v1/namespaces`. */
export interface ShownNamespace {
  namespace: string
  /** Live ones, and those that have ended and are not swept up yet; of all kinds of record together. */
  registrations: number
}

/** What a sidecar shows. Functions are called for each HTTP request, and should do no more than look. */
export interface SidecarInit {
  metrics: PrometheusMetrics
  /** For `/api/v1/node`, and `/readyz` with `?verbose`. */
  node: () => NodeStatus
  /** For `/api/v1/cluster`. */
  cluster: () => ClusterStatus
  /** For `/`, `/api/v1/status` and `/api/v1/events`: there every 2 seconds while somebody listens. */
  status: () => StatusOverview
  /** For `/api/v1/namespaces`, which is answered with 503 where it rejects. Default: none are shown. */
  namespaces?: () => Promise<readonly ShownNamespace[]>
  /** Whether this node takes requests: it listens and is not draining. */
  isReady: () => boolean
}

/**
 * The HTTP side of a front node: `/livez`, `/readyz`, `/metrics`, `/api/v1/` with `node`, `cluster`, `status`,
 * `namespaces` and `events`, and at `/` a page that shows what the cluster does.
 * Liveness never looks at the store: all nodes share it, so taking them out of service helps nobody.
 */
export function createSidecar({
  metrics,
  node,
  cluster,
  status,
  namespaces = async () => [],
  isReady
}: SidecarInit): FastifyInstance {
  const sidecar = fastify({ logger: false, forceCloseConnections: true })

  serveStatusPage(sidecar, status)
  new StatusEvents(status).serve(sidecar)

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

  sidecar.get('/api/v1/cluster', async () => cluster())

  sidecar.get('/api/v1/status', async () => status())

  sidecar.get('/api/v1/namespaces', async (_request, reply) => {
    try {
      return { namespaces: await namespaces() }
    } catch (error) {
      return reply.code(503).send({ error: (error as Error).message })
    }
  })

  return sidecar
}
