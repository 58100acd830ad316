import { type FastifyInstance, fastify } from 'fastify'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PageAssets } from '../src/status-page/page-assets.ts'
import { serveStatusPage } from '../src/status-page/serve-status-page.ts'
import { sampleOverview } from './sample-overview.ts'

describe('the status page as it is served', () => {
  let sidecar: FastifyInstance

  beforeEach(() => {
    sidecar = fastify()
    serveStatusPage(sidecar, sampleOverview)
  })

  afterEach(async () => {
    vi.restoreAllMocks()
    await sidecar.close()
  })

  /** Addresses of what the page loads. */
  async function assetsOfPage(): Promise<string[]> {
    const { body } = await sidecar.inject('/')

    return [...body.matchAll(/"(assets\/[^"]+)"/g)].map(([, path]) => `/${path}`)
  }

  it('has a browser keep what it loads', async () => {
    const paths = await assetsOfPage()

    expect(paths).toHaveLength(3)

    for (const path of paths) {
      const { statusCode, headers } = await sidecar.inject(path)

      expect(statusCode).toBe(200)
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable')
    }
  })

  it.each(['?v=0123456789ab', ''])(
    'has nothing kept that was not asked for by its own hash: %s',
    async (query) => {
      const { statusCode, headers, body } = await sidecar.inject(`/assets/page.css${query}`)

      expect(statusCode).toBe(200)
      expect(headers['cache-control']).toBe('no-store')
      expect(body).not.toBe('')
    }
  )

  it('is there again after its files could not be read', async () => {
    vi.spyOn(PageAssets, 'read').mockRejectedValueOnce(new Error('EMFILE'))

    const { statusCode } = await sidecar.inject('/')

    expect(statusCode).toBe(500)
    expect((await sidecar.inject('/')).statusCode).toBe(200)
  })
})
