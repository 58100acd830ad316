import type { IContainer } from 'kubernetes-models/v1/Container'
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec'
import { type Manifest, manifestsOf } from '../manifests.ts'
import { OPERATOR_SECRETS } from '../operator-objects.ts'
import { podsOf } from '../pods.ts'

/** A ConfigMap or a Secret that is named, and keys of it; none named means all of them. */
interface Reference {
  kind: 'ConfigMap' | 'Secret'
  name: string | undefined
  keys?: (string | undefined)[]
}

/** Names of ConfigMaps, Secrets, their keys and volumes that are neither here nor the operator's. */
export function referenceProblems(manifests: readonly Manifest[]): string[] {
  const problems = podsOf(manifests).flatMap(({ workload, spec }) => [
    ...referencesOf(spec)
      .filter((reference) => !isThere(reference, manifests))
      .map(({ kind, name, keys }) => {
        const what = [kind, name, ...(keys ?? [])].join(' ')

        return `${workload}: ${what} is neither among the objects nor one that the operator makes`
      }),
    ...volumeProblems(spec).map((problem) => `${workload}: ${problem}`)
  ])

  return [...new Set(problems)]
}

function referencesOf({ containers, volumes = [] }: IPodSpec): Reference[] {
  return [
    ...containers.flatMap(referencesOfContainer),
    ...volumes.flatMap(({ secret, configMap }): Reference[] => [
      ...(secret == null
        ? []
        : [{ kind: 'Secret' as const, name: secret.secretName, keys: keysOf(secret.items) }]),
      ...(configMap == null
        ? []
        : [{ kind: 'ConfigMap' as const, name: configMap.name, keys: keysOf(configMap.items) }])
    ])
  ]
}

function referencesOfContainer({ env = [], envFrom = [] }: IContainer): Reference[] {
  const all = envFrom.flatMap(({ configMapRef, secretRef }): Reference[] => [
    ...(configMapRef == null ? [] : [{ kind: 'ConfigMap' as const, name: configMapRef.name }]),
    ...(secretRef == null ? [] : [{ kind: 'Secret' as const, name: secretRef.name }])
  ])
  const single = env.flatMap(({ valueFrom }): Reference[] => {
    const { configMapKeyRef: map, secretKeyRef: secret } = valueFrom ?? {}

    return [
      ...(map == null ? [] : [{ kind: 'ConfigMap' as const, name: map.name, keys: [map.key] }]),
      ...(secret == null
        ? []
        : [{ kind: 'Secret' as const, name: secret.name, keys: [secret.key] }])
    ]
  })

  return [...all, ...single]
}

function keysOf(items: { key: string }[] | undefined): string[] | undefined {
  return items?.map(({ key }) => key)
}

function isThere({ kind, name = '', keys = [] }: Reference, manifests: readonly Manifest[]) {
  const map = manifestsOf(manifests, 'ConfigMap').find(({ metadata }) => metadata?.name === name)
  const there = kind === 'Secret' ? OPERATOR_SECRETS[name] : map && Object.keys(map.data ?? {})

  return there != null && keys.every((key) => key != null && there.includes(key))
}

function volumeProblems({ containers, volumes = [] }: IPodSpec): string[] {
  return containers
    .flatMap(({ volumeMounts = [] }) => volumeMounts)
    .filter((mount) => volumes.every(({ name }) => name !== mount.name))
    .map(({ name }) => `there is no volume ${name}`)
}
