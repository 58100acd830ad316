import { PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor'
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule'
import { Deployment } from 'kubernetes-models/apps/v1/Deployment'
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap'
import { Service } from 'kubernetes-models/v1/Service'
import { type Manifest, titleOf } from './manifests.ts'

const MODELS = [
  ConfigMap,
  Deployment,
  NetworkPolicy,
  PodDisruptionBudget,
  PodMonitor,
  PrometheusRule,
  Service,
  StatefulSet
]

/** Missing fields and values of wrong types, by Kubernetes' own schemas; they let unknown fields pass. */
export function schemaProblems(manifests: readonly Manifest[]): string[] {
  return manifests.flatMap((manifest) => {
    const model = MODELS.find(
      ({ apiVersion, kind }) => apiVersion === manifest.apiVersion && kind === manifest.kind
    )

    if (model === undefined) {
      return [`${titleOf(manifest)}: ${manifest.apiVersion} has no schema here`]
    }

    try {
      new model(manifest as never).validate()

      return []
    } catch (error) {
      return [`${titleOf(manifest)}: ${(error as Error).message}`]
    }
  })
}
