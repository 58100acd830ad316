import type { IContainer } from 'kubernetes-models/v1/Container'
import { type Manifest, manifestsOf } from './manifests.ts'
import type { Pod } from './pods.ts'

/** The variables that a container starts with, as the kubelet puts them together. */
export function environmentOf(
  pod: Pod,
  container: IContainer,
  manifests: readonly Manifest[]
): Record<string, string> {
  const environment: Record<string, string> = {}

  for (const { configMapRef } of container.envFrom ?? []) {
    const maps = manifestsOf(manifests, 'ConfigMap')

    Object.assign(
      environment,
      maps.find(({ metadata }) => metadata?.name === configMapRef?.name)?.data
    )
  }

  for (const { name, value, valueFrom } of container.env ?? []) {
    const [, label] =
      /^metadata\.labels\['(.+)'\]$/.exec(valueFrom?.fieldRef?.fieldPath ?? '') ?? []

    environment[name] =
      valueFrom == null
        ? expand(value ?? '', environment)
        : label == null
          ? '<not known here>'
          : (pod.labels[label] ?? '')
  }

  return environment
}

/** `$(NAME)` of a variable that stands before; others stay as they are, and `$$` is a dollar sign. */
function expand(text: string, environment: Record<string, string>): string {
  return text.replaceAll(/\$\$|\$\(([^)]+)\)/g, (match, name?: string) =>
    name == null ? '$' : (environment[name] ?? match)
  )
}
