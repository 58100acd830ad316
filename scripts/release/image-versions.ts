import fs from 'node:fs'
import { join } from 'node:path'

/** Where the version of the image stands, besides package.json. */
const FILES = [
  'deploy/docker/Dockerfile',
  'deploy/k8s/base/stateful-set.yaml',
  'deploy/k8s/overlays/production/kustomization.yaml',
  'deploy/k8s/smoke.sh',
  'docker-compose.yml'
]

const VERSION = /(?:rendezvous-cluster:|newTag: |ARG VERSION=)(\d[\w.-]*)/g

/** The files that name another version of the image than this one, or none. */
export function imageVersionProblems(root: string, version: string): string[] {
  return FILES.flatMap((file) => {
    const text = fs.readFileSync(join(root, file), 'utf8')
    const named = new Set([...text.matchAll(VERSION)].map(([, found]) => found))

    if (named.size === 0) {
      return [`${file} names no version of the image`]
    }

    return [...named]
      .filter((found) => found !== version)
      .map((found) => `${file} names version ${found} of the image, not ${version}`)
  })
}
