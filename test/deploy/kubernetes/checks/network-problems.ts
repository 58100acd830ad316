import { parseRedisUrl } from '@rendezvous-cluster/stores'
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'
import { frontNodesOf } from '../front-nodes.ts'
import { type Manifest, manifestsOf, titleOf } from '../manifests.ts'
import { OPERATOR_SERVICES } from '../operator-objects.ts'
import { type Pod, podsOf, selectPods } from '../pods.ts'

/** Ways that are open though nobody needs them, and those that are closed though the node does. */
export async function networkProblems(manifests: readonly Manifest[]): Promise<string[]> {
  const nodes = await frontNodesOf(manifests)
  const policies = manifestsOf(manifests, 'NetworkPolicy')
  const problems = nodes.flatMap(({ pod, config }) => {
    const own = policies.filter(
      ({ spec }) => selectPods([pod], spec?.podSelector?.matchLabels).length > 0
    )

    return own.length === 0
      ? [`${pod.workload}: no NetworkPolicy holds its pods`]
      : [
          ...own.flatMap(policyProblems),
          ...(parseRedisUrl(config?.store ?? '')?.hosts ?? []).flatMap(({ host, port }) =>
            redisProblems({ host, port, policies: own, manifests })
          )
        ]
  })

  return [...new Set(problems)]
}

function policyProblems(policy: INetworkPolicy): string[] {
  const { policyTypes = [], ingress = [], egress = [] } = policy.spec ?? {}
  const open = ingress
    .filter(({ from = [] }) => from.length === 0)
    .flatMap(({ ports }) => ports?.map(({ port }) => port) ?? ['every port'])

  return [
    ...(['Ingress', 'Egress'] as const)
      .filter((type) => !policyTypes.includes(type))
      .map((type) => `holds no ${type}`),
    ...open.filter((port) => port !== 'p2p').map((port) => `${port} is open to everybody`),
    ...(open.includes('p2p') ? [] : ['p2p is not open to everybody']),
    ...egress
      .filter(({ to = [], ports = [] }) => to.length === 0 || ports.length === 0)
      .map(() => 'lets nodes dial anything')
  ].map((problem) => `${titleOf(policy)}: ${problem}`)
}

interface RedisWay {
  host: string
  port: number
  policies: readonly INetworkPolicy[]
  manifests: readonly Manifest[]
}

function redisProblems({ host, port, policies, manifests }: RedisWay): string[] {
  const service = manifestsOf(manifests, 'Service').find(({ metadata }) => metadata?.name === host)
  const pods = selectPods(podsOf(manifests), service?.spec?.selector)

  return [
    ...(service == null && !OPERATOR_SERVICES.includes(host)
      ? [`${host} is neither a Service here nor one that the operator makes`]
      : []),
    ...(service == null || service.spec?.ports?.some((own) => own.port === port)
      ? []
      : [`${titleOf(service)}: has no port ${port}`]),
    ...(policies.some((policy) => allows(policy, port, pods))
      ? []
      : [`no NetworkPolicy lets nodes reach port ${port} of ${host}`])
  ]
}

/** Pods of the operator's Redis are not known here: for them the port counts alone. */
function allows({ spec }: INetworkPolicy, port: number, pods: readonly Pod[]): boolean {
  return (spec?.egress ?? []).some(
    ({ to = [], ports = [] }) =>
      ports.some((allowed) => allowed.port === port) &&
      (pods.length === 0 ||
        to.some(({ podSelector }) => selectPods(pods, podSelector?.matchLabels).length > 0))
  )
}
