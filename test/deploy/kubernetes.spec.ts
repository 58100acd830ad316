import { beforeAll, describe, expect, it } from 'vitest'
import { CHECKS } from './kubernetes/all-checks.ts'
import { frontNodesOf } from './kubernetes/front-nodes.ts'
import { type Manifest, manifestsOf, OVERLAYS, renderOverlay } from './kubernetes/manifests.ts'
import { describeWithProgram } from './support/describe-with-program.ts'

describeWithProgram('kubectl', 'the manifests of Kubernetes', (kubectl) => {
  describe.each(OVERLAYS)('overlay %s', (overlay) => {
    let manifests: Manifest[]

    beforeAll(async () => {
      manifests = await renderOverlay(kubectl, overlay)
    })

    it.each(Object.entries(CHECKS))('has no problem with %s', async (_, check) => {
      expect(await check(manifests)).toEqual([])
    })

    it('names its settings after their content, so that changed ones replace the pods', () => {
      const [settings] = manifestsOf(manifests, 'ConfigMap')

      expect(settings?.metadata?.name).toMatch(/^front-[a-z0-9]{10}$/)
    })
  })

  it('of production make three nodes that announce themselves', async () => {
    const nodes = await frontNodesOf(await renderOverlay(kubectl, 'production'))

    expect(nodes.map(({ config }) => [config?.ordinal, ...(config?.announce ?? [])])).toEqual([
      [0, '/dns4/rdv-0.example.org/tcp/60000'],
      [1, '/dns4/rdv-1.example.org/tcp/60000'],
      [2, '/dns4/rdv-2.example.org/tcp/60000']
    ])
  })

  it('of the overlays differ in their store', async () => {
    const stores = await Promise.all(
      OVERLAYS.map(async (overlay) => {
        const [node] = await frontNodesOf(await renderOverlay(kubectl, overlay))

        return node?.config?.store
      })
    )

    expect(stores).toEqual([
      'redis://rendezvous-redis:6379',
      'redis://rendezvous-redis:6379',
      'redis+cluster://rendezvous-redis-cluster:6379'
    ])
  })
})
