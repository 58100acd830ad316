import type { IProbe } from 'kubernetes-models/v1/Probe'
import { type Manifest, manifestsOf, titleOf } from '../manifests.ts'
import { podsOf, portsNamed, selectPods } from '../pods.ts'

interface PortUse {
  user: string
  port: unknown
  /** Labels of the pods that should have it. */
  labels?: Readonly<Record<string, string>>
}

/** Names of ports that pods do not have: a number would go unnoticed when the port changes. */
export function portProblems(manifests: readonly Manifest[]): string[] {
  const pods = podsOf(manifests)
  const wrong = portUses(manifests).filter(({ port, labels }) =>
    selectPods(pods, labels).some((pod) => portsNamed(pod, port).length !== 1)
  )

  return [
    ...wrong.map(({ user, port }) => `${user}: port "${port}" is no named port of its pods`),
    ...probeProblems(manifests)
  ]
}

function portUses(manifests: readonly Manifest[]): PortUse[] {
  const services = manifestsOf(manifests, 'Service').flatMap((service) =>
    (service.spec?.ports ?? []).map(({ targetPort }) => ({
      user: titleOf(service),
      port: targetPort,
      labels: service.spec?.selector
    }))
  )
  const policies = manifestsOf(manifests, 'NetworkPolicy').flatMap((policy) =>
    (policy.spec?.ingress ?? [])
      .flatMap(({ ports = [] }) => ports)
      .map(({ port }) => ({
        user: titleOf(policy),
        port,
        labels: policy.spec?.podSelector?.matchLabels
      }))
  )
  const monitors = manifestsOf(manifests, 'PodMonitor').flatMap((monitor) =>
    (monitor.spec.podMetricsEndpoints ?? []).map(({ port }) => ({
      user: titleOf(monitor),
      port,
      labels: monitor.spec.selector.matchLabels
    }))
  )

  return [...services, ...policies, ...monitors]
}

function probeProblems(manifests: readonly Manifest[]): string[] {
  const problems = podsOf(manifests).flatMap((pod) =>
    pod.spec.containers.flatMap(({ name, ports = [], ...container }) =>
      (['startupProbe', 'livenessProbe', 'readinessProbe'] as const)
        .filter((probe) => ports.every((port) => port.name !== portOf(container[probe])))
        .map((probe) => `${pod.workload}: ${probe} of ${name} asks no named port of it`)
    )
  )

  return [...new Set(problems)]
}

function portOf(probe: IProbe | undefined): unknown {
  return probe?.httpGet?.port ?? probe?.tcpSocket?.port
}
