import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Kind, type Manifest, titleOf } from './manifests.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Where modules are found that the files import. */
const cache = join(root, 'node_modules/.cache/rendezvous')

const MODULES: Readonly<Record<Kind, string>> = {
  ConfigMap: 'kubernetes-models/v1/ConfigMap',
  Deployment: 'kubernetes-models/apps/v1/Deployment',
  NetworkPolicy: 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy',
  PodDisruptionBudget: 'kubernetes-models/policy/v1/PodDisruptionBudget',
  PodMonitor: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor',
  PrometheusRule: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule',
  Service: 'kubernetes-models/v1/Service',
  StatefulSet: 'kubernetes-models/apps/v1/StatefulSet'
}

const OPTIONS = {
  extends: join(root, 'tsconfig.base.json'),
  compilerOptions: {
    composite: false,
    declaration: false,
    declarationMap: false,
    noEmit: true
  },
  include: ['*.ts']
}

/** Unknown and misspelt fields: each object is compiled as a literal of its TypeScript type. */
export async function typeProblems(manifests: readonly Manifest[]): Promise<string[]> {
  mkdirSync(cache, { recursive: true })

  const folder = mkdtempSync(join(cache, 'manifests-'))

  try {
    for (const [index, manifest] of manifests.entries()) {
      writeFileSync(join(folder, `${index}.ts`), sourceOf(manifest))
    }

    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(OPTIONS))

    return (await compile(folder)).map((line) => {
      const [, index, problem] = /^(\d+)\.ts(.*)$/.exec(line) ?? []
      const manifest = manifests[Number(index)]

      return manifest === undefined ? line : `${titleOf(manifest)}${problem}`
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function sourceOf(manifest: Manifest): string {
  const type = `I${manifest.kind}`
  const literal = JSON.stringify(manifest, undefined, 2)

  return `import type { ${type} } from '${MODULES[manifest.kind]}'
export const manifest: ${type} = ${literal}
`
}

/** What the compiler says, a line for each error. */
async function compile(folder: string): Promise<string[]> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')

  try {
    await run(process.execPath, [compiler, '--pretty', 'false', '-p', folder], { cwd: folder })

    return []
  } catch (error) {
    const { stdout, message } = error as Error & { stdout?: string }
    const lines = (stdout ?? '').split('\n').filter((line) => /^\S/.test(line))

    return lines.length > 0 ? lines : [message]
  }
}
