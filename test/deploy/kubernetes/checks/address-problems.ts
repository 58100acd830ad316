import type { IService } from 'kubernetes-models/v1/Service'
import { type FrontNodeOfPod, frontNodesOf } from '../front-nodes.ts'
import { type Manifest, manifestsOf, titleOf } from '../manifests.ts'
import { selectPods } from '../pods.ts'

const HOST_ANNOTATION = 'external-dns.alpha.kubernetes.io/hostname'

/** Addresses that a node tells peers and that do not lead to it. */
export async function addressProblems(manifests: readonly Manifest[]): Promise<string[]> {
  const nodes = await frontNodesOf(manifests)
  const pods = nodes.map(({ pod }) => pod)
  const services = manifestsOf(manifests, 'Service').filter(
    ({ spec }) => spec?.type === 'NodePort' || spec?.type === 'LoadBalancer'
  )
  const shared = services.filter(({ spec }) => selectPods(pods, spec?.selector).length > 1)

  return [
    ...shared.map((service) => `${titleOf(service)}: has pods with several peer ids behind it`),
    ...nodes.flatMap((node) => {
      const own = services.filter(({ spec }) => selectPods([node.pod], spec?.selector).length > 0)
      const [service] = own

      return service == null || own.length > 1
        ? [`${node.pod.name}: ${own.length} external Services instead of one`]
        : problemsOfService(node, service)
    })
  ]
}

function problemsOfService({ pod, config }: FrontNodeOfPod, service: IService): string[] {
  const { type, externalTrafficPolicy, ports: [port] = [] } = service.spec ?? {}
  const host = service.metadata?.annotations?.[HOST_ANNOTATION]
  const [address = '', ...more] = config?.announce ?? []
  const [, announcedHost, announcedPort] = /^\/dns4\/([^/]+)\/tcp\/(\d+)$/.exec(address) ?? []
  const reachablePort = type === 'NodePort' ? port?.nodePort : port?.port

  return [
    ...(externalTrafficPolicy === 'Local' ? [] : ['hides addresses of peers from the node']),
    ...(more.length === 0 && announcedHost != null ? [] : [`${pod.name} announces no address`]),
    ...(type === 'LoadBalancer' && host == null ? ['has no host name'] : []),
    ...(host == null || host === announcedHost
      ? []
      : [`${pod.name} announces ${announcedHost}, which is not ${host}`]),
    ...(Number(announcedPort) === reachablePort
      ? []
      : [`${pod.name} announces port ${announcedPort}, which is not ${reachablePort}`])
  ].map((problem) => `${titleOf(service)}: ${problem}`)
}
