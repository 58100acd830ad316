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

const YEAR_SECONDS = 31_536_000

/** Adds the status page at `/`, and what it loads. */
export function serveStatusPage(sidecar: FastifyInstance, status: () => ClusterOverview): void {
  // Read once somebody looks: most sidecars are asked for metrics only.
  let reading: Promise<PageAssets> | undefined
  const readAssets = () => {
    reading ??= PageAssets.read()

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

  sidecar.get<{ Params: { name: string } }>('/assets/:name', async (request, reply) => {
    const asset = (await readAssets()).get(request.params.name)

    if (asset == null) {
      return reply.callNotFound()
    }

    return reply
      .type(asset.type)
      .headers({
        'cache-control': `public, max-age=${YEAR_SECONDS}, immutable`,
        'x-content-type-options': 'nosniff'
      })
      .send(asset.content)
  })
}
