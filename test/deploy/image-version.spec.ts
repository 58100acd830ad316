import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { imageVersionProblems } from '../../scripts/release/image-versions.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))

it('the image has the version of the project wherever it is named', () => {
  expect(imageVersionProblems(root, version)).toEqual([])
})

it('every file that names another version than the project is told of', () => {
  const problems = imageVersionProblems(root, '99.0.0')

  expect(problems.map((problem) => problem.replace(version, '…'))).toEqual([
    'deploy/docker/Dockerfile names version … of the image, not 99.0.0',
    'deploy/k8s/base/stateful-set.yaml names version … of the image, not 99.0.0',
    'deploy/k8s/overlays/production/kustomization.yaml names version … of the image, not 99.0.0',
    'deploy/k8s/smoke.sh names version … of the image, not 99.0.0',
    'docker-compose.yml names version … of the image, not 99.0.0'
  ])
})
