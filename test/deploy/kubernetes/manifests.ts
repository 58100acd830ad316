import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { IPodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor'
import type { IPrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule'
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment'
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet'
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap'
import type { IService } from 'kubernetes-models/v1/Service'
import { parseAllDocuments } from 'yaml'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('../../../deploy/k8s/overlays/', import.meta.url))

export const OVERLAYS = ['dev', 'production', 'redis-cluster'] as const

export type Manifest =
  | IConfigMap
  | IDeployment
  | INetworkPolicy
  | IPodDisruptionBudget
  | IPodMonitor
  | IPrometheusRule
  | IService
  | IStatefulSet

export type Kind = Manifest['kind']

/** Finds what is wrong between objects; each problem names the object. */
export type Check = (manifests: readonly Manifest[]) => string[] | Promise<string[]>

/** What an overlay consists of, as it would be sent to a cluster. */
export async function renderOverlay(
  kubectl: string,
  overlay: (typeof OVERLAYS)[number]
): Promise<Manifest[]> {
  const { stdout } = await run(kubectl, ['kustomize', `${folder}${overlay}`])

  // Kubernetes reads YAML 1.1, where 0440 is octal.
  return parseAllDocuments(stdout, { version: '1.1' }).map((document) => document.toJS())
}

export function manifestsOf<K extends Kind>(
  manifests: readonly Manifest[],
  kind: K
): Extract<Manifest, { kind: K }>[] {
  return manifests.filter(
    (manifest): manifest is Extract<Manifest, { kind: K }> => manifest.kind === kind
  )
}

/** For messages: `Service front-0`. */
export function titleOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata?.name}`
}
