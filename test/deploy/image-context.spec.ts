import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import dockerignore from '@balena/dockerignore'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const rules = readFileSync(`${root}.dockerignore`, 'utf8')
const context = dockerignore.default({ ignorecase: false }).add(rules)

/** Parts of packages that the image is compiled from, or runs. */
const PARTS = '{apps/{cli,front},libs/*}/{bin,lua,page,src}/**/*.*'

describe('what the image is built from', () => {
  it.each([
    '.env',
    '.git/config',
    'api-reference/index.html',
    'apps/cli/dist/main.js',
    'apps/node.key',
    'apps/cli/redis.password',
    'ca.pem',
    'cluster.seed',
    'data/000003.log',
    'deploy/redis/users.acl',
    'docker-compose.override.yml',
    'isolate-0x1-1-v8.log',
    'libs/client/node_modules/uint8arrays/package.json',
    'libs/stores/test/server-check.spec.ts',
    'node.key',
    'node_modules/libp2p/package.json',
    'policy/policy.yaml',
    'redis-admin.password',
    'rendezvous.env',
    'scripts/release.mjs',
    'users.acl'
  ])('has no %s', (path) => {
    expect(context.ignores(path)).toBe(true)
  })

  it('has the settings of npm and of the compiler, and what bundles the status page', () => {
    const files = [
      ...['.npmrc', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.base.json'],
      ...globSync('{apps,libs}/*/package.json', { cwd: root }),
      ...globSync('{apps,libs}/*/tsconfig.json', { cwd: root }),
      'scripts/bundle-page.mjs'
    ]

    expect(files.filter((file) => context.ignores(file))).toEqual([])
  })

  it('has every source', () => {
    const files = globSync(PARTS, { cwd: root })

    expect(files.length).toBeGreaterThan(100)
    expect(files.filter((file) => context.ignores(file))).toEqual([])
  })
})
