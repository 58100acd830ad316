import { environmentName, OPTION_TABLE, type OptionName } from '@rendezvous-cluster/front'
import { type FrontNodeOfPod, frontNodesOf } from '../front-nodes.ts'
import type { Manifest } from '../manifests.ts'
import type { Pod } from '../pods.ts'

const VARIABLES = new Set([
  ...(Object.keys(OPTION_TABLE) as OptionName[]).map(environmentName),
  environmentName('config')
])

/** Settings that no front node knows or that it refuses, and ports that do not go with them. */
export async function settingProblems(manifests: readonly Manifest[]): Promise<string[]> {
  const nodes = await frontNodesOf(manifests)

  return [
    ...(nodes.length === 0 ? ['there is no front node'] : []),
    ...nodes.flatMap((node) =>
      problemsOf(node).map((problem) => `${node.pod.workload}, ${node.pod.name}: ${problem}`)
    ),
    ...identityProblems(nodes)
  ]
}

function problemsOf({ pod, environment, config, problems }: FrontNodeOfPod): string[] {
  const unknown = Object.keys(environment).filter(
    (name) => name.startsWith('RENDEZVOUS_') && !VARIABLES.has(name)
  )
  const sidecarPort = Number(config?.sidecar.split(':').at(-1))
  const isSidecarReachable = config == null || config.sidecar === `0.0.0.0:${sidecarPort}`
  const ports = [
    ...(config?.listen ?? []).map((address) => Number(/\/tcp\/(\d+)/.exec(address)?.[1])),
    ...(config == null ? [] : [sidecarPort])
  ]

  return [
    ...problems,
    ...unknown.map((name) => `${name} is no setting`),
    ...(isSidecarReachable ? [] : ['probes cannot reach the sidecar']),
    ...ports
      .filter((port) => !hasPort(pod, port))
      .map((port) => `the node listens on ${port}, which is no port of the container`),
    ...secretFileProblems(pod)
  ]
}

function hasPort({ spec }: Pod, port: number): boolean {
  return spec.containers.some(({ ports = [] }) =>
    ports.some(({ containerPort }) => containerPort === port)
  )
}

/** Files of a Secret belong to root: a node that runs as somebody else reads them by its group. */
function secretFileProblems({ spec }: Pod): string[] {
  const { runAsUser, fsGroup } = spec.securityContext ?? {}
  const hasSecrets = (spec.volumes ?? []).some(({ secret }) => secret != null)

  return hasSecrets && runAsUser !== 0 && fsGroup == null
    ? ['without a fsGroup the node cannot read files of Secrets']
    : []
}

function identityProblems(nodes: readonly FrontNodeOfPod[]): string[] {
  const ids = nodes.flatMap(({ peerId }) => peerId ?? [])

  return [
    ...(ids.length < nodes.length ? ['not every front node has a peer id that lasts'] : []),
    ...(new Set(ids).size < ids.length ? ['several front nodes have the same peer id'] : [])
  ]
}
