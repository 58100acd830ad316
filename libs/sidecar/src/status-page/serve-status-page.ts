import type { FastifyInstance } from 'fastify'
import type { ClusterOverview } from '../cluster-overview.ts'
import { PageAssets } from './page-assets.ts'
import { renderPage } from './render-page.ts'

/** Nothing but what the sidecar serves itself, and nothing inside of the markup. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')

/** For an asset asked for by its own hash: under that there is never anything else. */
const KEPT_FOR_A_YEAR = 'public, max-age=31536000, immutable'

interface AssetRoute {
  Params: { name: string }
  /** The hash that the page has for it. */
  Querystring: { v?: string | string[] }
}

/** Adds the status page at `/`, and what it loads. */
export function serveStatusPage(sidecar: FastifyInstance, status: () => ClusterOverview): void {
  // Read once somebody looks: most sidecars are asked for metrics only.
  let reading: Promise<PageAssets> | undefined
  const readAssets = () => {
    reading ??= PageAssets.read().catch((error) => {
      // What has failed, such as for want of file descriptors, may go well the next time.
      reading = undefined

      throw error
    })

    return reading
  }

  sidecar.get('/', async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .headers({
        'cache-control': 'no-store',
        'content-security-policy': POLICY,
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff'
      })
      .send(renderPage(status(), await readAssets()))
  )

  sidecar.get<AssetRoute>('/assets/:name', async ({ params, query }, reply) => {
    const asset = (await readAssets()).get(params.name)

    if (asset == null) {
      return reply.callNotFound()
    }

    return reply
      .type(asset.type)
      .headers({
        // Behind a proxy, the page may be of a node of another version.
        'cache-control': query.v === asset.hash ? KEPT_FOR_A_YEAR : 'no-store',
        'x-content-type-options': 'nosniff'
      })
      .send(asset.content)
  })
}
