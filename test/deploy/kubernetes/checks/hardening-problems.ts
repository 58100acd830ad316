import type { IContainer } from 'kubernetes-models/v1/Container'
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec'
import type { Manifest } from '../manifests.ts'
import { podsOf } from '../pods.ts'

/** What a namespace with the `restricted` pod security standard refuses, and what we ask besides. */
export function hardeningProblems(manifests: readonly Manifest[]): string[] {
  const problems = podsOf(manifests).flatMap(({ workload, spec }) =>
    [...podProblems(spec), ...spec.containers.flatMap(containerProblems)].map(
      (problem) => `${workload}: ${problem}`
    )
  )

  return [...new Set(problems)]
}

function podProblems(spec: IPodSpec): string[] {
  const { runAsNonRoot, runAsUser, seccompProfile } = spec.securityContext ?? {}

  return missing([
    [spec.automountServiceAccountToken === false, 'a service account token is mounted'],
    [spec.enableServiceLinks === false, 'Services of the namespace become variables'],
    [runAsNonRoot === true && (runAsUser ?? 0) > 0, 'it may run as root'],
    [seccompProfile?.type === 'RuntimeDefault', 'there is no seccomp profile'],
    [!spec.hostNetwork && !spec.hostPID && !spec.hostIPC, 'it shares namespaces of the machine']
  ])
}

function containerProblems(container: IContainer): string[] {
  const { name, image, resources, securityContext: context } = container
  const { requests, limits } = resources ?? {}
  const hasResources = requests?.cpu != null && requests.memory != null && limits?.memory != null
  const hasProbes = [
    container.startupProbe,
    container.livenessProbe,
    container.readinessProbe
  ].every((probe) => probe != null)

  return missing([
    [context?.allowPrivilegeEscalation === false, 'may gain privileges'],
    [context?.readOnlyRootFilesystem === true, 'may write to its image'],
    [context?.capabilities?.drop?.includes('ALL'), 'keeps capabilities'],
    [hasResources, 'says not what it needs of the machine'],
    [hasProbes, 'lacks a probe'],
    [/:(?!latest$)[\w.-]+$/.test(image ?? ''), 'has an image of no version']
  ]).map((problem) => `${name} ${problem}`)
}

/** The texts of conditions that do not hold. */
function missing(conditions: [holds: boolean | undefined, otherwise: string][]): string[] {
  return conditions.filter(([holds]) => holds !== true).map(([, otherwise]) => otherwise)
}
