import { type Manifest, manifestsOf, titleOf } from '../manifests.ts'
import { type Labels, podsOf, selectPods } from '../pods.ts'

/** Selectors that no pod has the labels of, or other pods than they are made for. */
export function selectorProblems(manifests: readonly Manifest[]): string[] {
  return [
    ...manifests.flatMap((manifest) => selectsNothing(manifest, manifests)),
    ...spreadProblems(manifests),
    ...headlessServiceProblems(manifests)
  ]
}

function selectsNothing(manifest: Manifest, manifests: readonly Manifest[]): string[] {
  const labels = selectorOf(manifest)
  const pods = podsOf(manifests)
  const candidates =
    manifest.kind === 'StatefulSet' || manifest.kind === 'Deployment'
      ? pods.filter(({ workload }) => workload === titleOf(manifest))
      : pods

  return labels == null || selectPods(candidates, labels).length > 0
    ? []
    : [`${titleOf(manifest)}: its selector matches no pod`]
}

/** Undefined for what selects nothing. */
function selectorOf(manifest: Manifest): Labels | undefined {
  switch (manifest.kind) {
    case 'Service':
      return manifest.spec?.selector ?? {}
    case 'NetworkPolicy':
      return manifest.spec?.podSelector?.matchLabels ?? {}
    case 'Deployment':
    case 'PodDisruptionBudget':
    case 'PodMonitor':
    case 'StatefulSet':
      return manifest.spec?.selector?.matchLabels ?? {}
    case 'ConfigMap':
    case 'PrometheusRule':
      return undefined
    default:
      return manifest satisfies never
  }
}

function spreadProblems(manifests: readonly Manifest[]): string[] {
  const problems = podsOf(manifests).flatMap((pod) =>
    (pod.spec.topologySpreadConstraints ?? [])
      .filter(({ labelSelector }) => selectPods([pod], labelSelector?.matchLabels).length === 0)
      .map(({ topologyKey }) => `${pod.workload}: its spread over ${topologyKey} counts other pods`)
  )

  return [...new Set(problems)]
}

/** Without this Service, pods of a StatefulSet have no names in DNS. */
function headlessServiceProblems(manifests: readonly Manifest[]): string[] {
  return manifestsOf(manifests, 'StatefulSet')
    .filter((set) => {
      const service = manifestsOf(manifests, 'Service').find(
        ({ metadata }) => metadata?.name === set.spec?.serviceName
      )
      const pods = podsOf(manifests).filter(({ workload }) => workload === titleOf(set))

      return (
        service?.spec?.clusterIP !== 'None' ||
        selectPods(pods, service.spec.selector).length < pods.length
      )
    })
    .map((set) => `${titleOf(set)}: serviceName names no headless Service of its pods`)
}
