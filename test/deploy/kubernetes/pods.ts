import type { IContainer } from 'kubernetes-models/v1/Container'
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec'
import { type Manifest, manifestsOf, titleOf } from './manifests.ts'

export type Labels = Readonly<Record<string, string>>

export interface Pod {
  /** The object that makes it, for messages. */
  workload: string
  /** The one that a StatefulSet gives; of a Deployment's pod, the Deployment's. */
  name: string
  labels: Labels
  spec: IPodSpec
}

/** Every pod that the objects make. */
export function podsOf(manifests: readonly Manifest[]): Pod[] {
  return [
    ...manifestsOf(manifests, 'StatefulSet'),
    ...manifestsOf(manifests, 'Deployment')
  ].flatMap((workload) => {
    const { replicas = 1, template } = workload.spec ?? {}
    const base = workload.metadata?.name ?? ''
    const labels = template?.metadata?.labels ?? {}
    const spec = template?.spec ?? { containers: [] }

    return Array.from({ length: replicas }, (_, index): Pod => {
      const pod = { workload: titleOf(workload), name: base, labels, spec }
      const name = `${base}-${index}`

      return workload.kind === 'Deployment'
        ? pod
        : {
            ...pod,
            name,
            labels: {
              ...labels,
              'statefulset.kubernetes.io/pod-name': name,
              'apps.kubernetes.io/pod-index': String(index)
            }
          }
    })
  })
}

/** Pods of front nodes: those with a setting of one. */
export function frontPodsOf(manifests: readonly Manifest[]): Pod[] {
  return podsOf(manifests).filter(({ spec }) => spec.containers.some(isFrontNode))
}

export function isFrontNode({ env = [] }: IContainer): boolean {
  return env.some(({ name }) => name.startsWith('RENDEZVOUS_'))
}

/** Pods with all these labels; none without any, since no selector of ours means every pod. */
export function selectPods(pods: readonly Pod[], labels: Labels = {}): Pod[] {
  const wanted = Object.entries(labels)

  return wanted.length === 0
    ? []
    : pods.filter((pod) => wanted.every(([name, value]) => pod.labels[name] === value))
}

export function portsNamed({ spec }: Pod, name: unknown): number[] {
  return spec.containers
    .flatMap(({ ports = [] }) => ports)
    .filter((port) => port.name === name)
    .map(({ containerPort }) => containerPort)
}
