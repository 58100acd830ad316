import { describe, expect, it } from 'vitest'
import { checkServer } from '../src/redis/server-check.ts'
import { StoreConfigurationError } from '../src/store-errors.ts'

const info = (fields: Record<string, string>): string =>
  Object.entries({
    redis_version: '7.0.15',
    maxmemory: '1073741824',
    maxmemory_policy: 'noeviction',
    aof_enabled: '1',
    ...fields
  })
    .map(([name, value]) => `${name}:${value}`)
    .join('\r\n')

describe('the check of a Redis server', () => {
  it('has nothing to say about one that is set up well', () => {
    expect(checkServer(info({}))).toEqual([])
  })

  it.each(['6.0.16', '5.0.14', '6.1.0', '2.8'])('refuses version %s', (version) => {
    expect(() => checkServer(info({ redis_version: version }))).toThrow(StoreConfigurationError)
  })

  it.each(['6.2.0', '7.2.4', '8.0.2', '10.0.0'])('accepts version %s', (version) => {
    expect(checkServer(info({ redis_version: version }))).toEqual([])
  })

  it('warns of eviction, unbounded memory and missing persistence, and names the cure', () => {
    const warnings = checkServer(
      info({ maxmemory: '0', maxmemory_policy: 'allkeys-lru', aof_enabled: '0' })
    )

    expect(warnings).toHaveLength(3)
    expect(warnings[0]).toContain('set maxmemory-policy noeviction')
    expect(warnings[1]).toContain('set maxmemory,')
    expect(warnings[2]).toContain('appendonly yes')
  })

  it('has nothing to say about memory that a server does not tell of', () => {
    const silent = info({}).replace(/^maxmemory:.*\r\n/m, '')

    expect(checkServer(silent)).toEqual([])
  })
})
