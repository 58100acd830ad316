import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

interface ComposeFile {
  services: Record<string, { ports?: string[] }>
}

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
}

describe('the compose file', () => {
  const { services } = parse(read('docker-compose.yml'), { merge: true }) as ComposeFile
  const ports = Object.values(services).flatMap((service) => service.ports ?? [])

  it('publishes for IPv4 alone, since over IPv6 nodes would see Docker in the place of peers', () => {
    expect(ports.filter((port) => !/^(0\.0\.0\.0|127\.0\.0\.1):/.test(port))).toEqual([])
  })
})

describe.each([
  'docker-compose.yml',
  'deploy/docker/compose.cluster.yml',
  'deploy/docker/compose.sentinel.yml',
  'deploy/k8s/overlays/dev/redis.yaml'
])('the Redis of %s', (path) => {
  // Arguments in a list stand one below the other.
  const text = read(path).replaceAll(/\n\s*(?:#.*|- )/g, ' ')

  it('holds no more than it is allowed to, and evicts nothing', () => {
    expect(text).toMatch(/ --maxmemory (\$\{RENDEZVOUS_REDIS_MAXMEMORY:-1gb\}|128mb)\s/)
    expect(text).toMatch(/ --maxmemory-policy noeviction\s/)
  })

  it('writes every change to its disk, and no snapshots', () => {
    expect(text).toMatch(/ --appendonly "?yes"?\s/)
    expect(text).toMatch(/ --save (''|"")\s/)
  })
})
