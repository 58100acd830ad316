import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Config,
  deriveKey,
  environmentName,
  loadConfig,
  OPTION_TABLE,
  type OptionName,
  readSeedFile
} from '@rendezvous-cluster/front'
import type { IContainer } from 'kubernetes-models/v1/Container'
import { environmentOf } from './container-environment.ts'
import type { Manifest } from './manifests.ts'
import { OPERATOR_SECRETS } from './operator-objects.ts'
import { frontPodsOf, isFrontNode, type Pod } from './pods.ts'

export interface FrontNodeOfPod {
  pod: Pod
  environment: Readonly<Record<string, string>>
  /** Settings as the node itself reads them; absent where it would refuse them. */
  config?: Config
  /** Of the key that its seed gives; absent where there is none. */
  peerId?: string
  problems: string[]
}

/** What every front node makes of the variables and the files that its pod gives it. */
export async function frontNodesOf(manifests: readonly Manifest[]): Promise<FrontNodeOfPod[]> {
  const root = mkdtempSync(join(tmpdir(), 'rendezvous-pods-'))
  const nodes: FrontNodeOfPod[] = []

  try {
    for (const pod of frontPodsOf(manifests)) {
      for (const container of pod.spec.containers.filter(isFrontNode)) {
        const folder = join(root, `${pod.name}-${container.name}`)

        mountSecrets(pod, container, folder)
        nodes.push(await frontNode(pod, environmentOf(pod, container, manifests), folder))
      }
    }
  } finally {
    rmSync(root, { recursive: true })
  }

  return nodes
}

async function frontNode(
  pod: Pod,
  environment: Record<string, string>,
  folder: string
): Promise<FrontNodeOfPod> {
  try {
    const config = loadConfig({ flags: {}, env: withFilesIn(folder, environment), cwd: folder })
    const peerId = await peerIdOf(config)

    return { pod, environment, config, peerId, problems: [] }
  } catch (error) {
    return { pod, environment, problems: (error as Error).message.split('\n') }
  }
}

async function peerIdOf(config: Config): Promise<string | undefined> {
  const { 'key-seed-file': path, 'cluster-name': clusterName, ordinal } = config

  if (path == null || ordinal === 'auto') {
    return undefined
  }

  const { publicKey } = await deriveKey(await readSeedFile(path), clusterName, ordinal)

  return publicKey.toString()
}

/** The container's paths, as they are on this machine. */
function withFilesIn(folder: string, environment: Record<string, string>): Record<string, string> {
  const result = { ...environment }

  for (const option of Object.keys(OPTION_TABLE) as OptionName[]) {
    const path = result[environmentName(option)]

    if (OPTION_TABLE[option].isPath && path?.startsWith('/')) {
      result[environmentName(option)] = join(folder, path)
    }
  }

  return result
}

/** Files of Secrets with the modes that the kubelet gives them: a fsGroup may read whatever there is. */
function mountSecrets({ spec }: Pod, { volumeMounts = [] }: IContainer, folder: string): void {
  for (const { name, mountPath } of volumeMounts) {
    const secret = spec.volumes?.find((volume) => volume.name === name)?.secret
    const keys = OPERATOR_SECRETS[secret?.secretName ?? ''] ?? []
    const items = secret?.items ?? keys.map((key) => ({ key, path: key, mode: undefined }))

    for (const { key, path, mode } of secret == null ? [] : items) {
      const file = join(folder, mountPath, path)
      const modeOfGroup = spec.securityContext?.fsGroup == null ? 0 : 0o440

      if (keys.includes(key)) {
        mkdirSync(join(file, '..'), { recursive: true })
        // The same for all pods, as a Secret is.
        writeFileSync(
          file,
          createHash('sha512').update(`${secret?.secretName}/${key}`).digest('hex')
        )
        chmodSync(file, (mode ?? secret?.defaultMode ?? 0o644) | modeOfGroup)
      }
    }
  }
}
