import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CAPS_DEFAULT } from '@rendezvous-cluster/rendezvous'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ConfigError, type ConfigSources, loadConfig } from '../src/config/load-config.ts'
import {
  type Config,
  environmentName,
  OPTION_TABLE,
  type OptionName
} from '../src/config/option-table.ts'

/** Settings that may stand in a file of their own, and a sound value of each. */
const SECRETS = [
  ['store', 'redis://:SECRET@h:1'],
  ['redis-username', 'SECRET'],
  ['redis-password', 'SECRET'],
  ['redis-sentinel-password', 'SECRET']
] as const

describe('the settings of the store', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rendezvous-store-options-'))
  })

  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  function load(sources: Partial<ConfigSources>): Config {
    return loadConfig({ flags: {}, env: {}, cwd: folder, ...sources })
  }

  function problemsOf(sources: Partial<ConfigSources>): readonly string[] {
    try {
      load(sources)
    } catch (error) {
      return (error as ConfigError).problems
    }

    return []
  }

  /** Writes a file for its owner alone, and returns its path. */
  function file(name: string, content: string): string {
    const path = join(folder, name)

    writeFileSync(path, content, { mode: 0o600 })

    return path
  }

  it('leave Redis’s own alone when nothing is given, and caps at their defaults', () => {
    const config = load({})
    const given = Object.entries(config).filter(([, value]) => value != null)

    expect(given.map(([option]) => option).filter((option) => /^redis/.test(option))).toEqual([])
    expect(config['unready-after']).toBeUndefined()
    expect(config).toMatchObject({
      'max-registrations-per-peer': CAPS_DEFAULT.perPeer,
      'max-registrations-per-namespace': CAPS_DEFAULT.perNamespace,
      'max-registrations-per-prefix': 0,
      'limit-private-sources': false,
      'max-namespaces': CAPS_DEFAULT.namespaces
    })
  })

  it.each<[OptionName, string, unknown]>([
    ['store', 'redis://u:p@h:1/2', 'redis://u:p@h:1/2'],
    ['store', 'rediss://h', 'rediss://h'],
    ['store', 'redis+sentinel://a:1,b/main/3', 'redis+sentinel://a:1,b/main/3'],
    ['store', 'rediss+cluster://a,[::1]:7000', 'rediss+cluster://a,[::1]:7000'],
    ['redis-username', 'front', 'front'],
    ['redis-password', 'a:b@c/d,e=f', 'a:b@c/d,e=f'],
    ['redis-sentinel-username', 'watcher', 'watcher'],
    ['redis-sentinel-password', 'p', 'p'],
    ['redis-server-name', 'redis.example.org', 'redis.example.org'],
    ['unready-after', '0', 0],
    ['unready-after', '2.5', 2.5],
    ['unready-after', '3600', 3600],
    ['max-registrations-per-peer', '1', 1],
    ['max-registrations-per-namespace', '100000000', 100_000_000],
    ['max-registrations-per-prefix', '0', 0],
    ['max-registrations-per-prefix', '5', 5],
    ['limit-private-sources', 'true', true],
    ['limit-private-sources', 'false', false],
    ['max-namespaces', '20', 20]
  ])('take --%s %s, from the environment and a file too', (option, value, expected) => {
    const config = file('config.yaml', `${option}: ${JSON.stringify(value)}\n`)

    expect(load({ flags: { [option]: value } })[option]).toEqual(expected)
    expect(load({ env: { [environmentName(option)]: value } })[option]).toEqual(expected)
    expect(load({ flags: { config } })[option]).toEqual(expected)
  })

  it.each([
    ['store', 'level:'],
    ['store', 'redis+sentinel://h'],
    ['store', 'redis+cluster://h/0'],
    ['store', 'redis://a,b'],
    ['redis-password', ''],
    ['redis-nat-map', '10.0.0.1:6379'],
    ['redis-nat-map', '10.0.0.1=127.0.0.1:7001'],
    ['redis-nat-map', '10.0.0.1:6379=127.0.0.1'],
    ['redis-nat-map', '10.0.0.1:6379=127.0.0.1:65536'],
    ['redis-nat-map', '10.0.0.1:6379=127.0.0.1:1=127.0.0.1:2'],
    ['redis-nat-map', '=127.0.0.1:7001'],
    ['redis-nat-map', '10.0.0.1:6379=127.0.0.1:7001,x'],
    ['unready-after', '-1'],
    ['unready-after', '3600.1'],
    ['unready-after', 'never'],
    ['max-registrations-per-peer', '0'],
    ['max-registrations-per-peer', '1.5'],
    ['max-registrations-per-namespace', '100000001'],
    ['max-registrations-per-namespace', '-1'],
    ['max-registrations-per-prefix', '100000001'],
    ['max-registrations-per-prefix', '-1'],
    ['max-registrations-per-prefix', '1.5'],
    ['limit-private-sources', 'yes'],
    ['limit-private-sources', '1'],
    ['max-namespaces', 'all'],
    ['max-namespaces', '']
  ])('refuse --%s %j and name flag, variable and what is allowed', (option, value) => {
    const [problem, ...others] = problemsOf({ flags: { [option]: value } })

    expect(others).toEqual([])
    expect(problem).toContain(`--${option} (${environmentName(option as OptionName)})`)
    expect(problem).toContain(`is not allowed; give ${OPTION_TABLE[option as OptionName].allowed}`)
  })

  it.each(['redis-ca-file', 'redis-cert-file', 'redis-key-file'] as const)(
    'take the path of --%s from the caller’s folder, or that of the file it stands in',
    (option) => {
      mkdirSync(join(folder, 'etc'))

      // A certificate and its key go together.
      const all = {
        'redis-ca-file': 'tls/file.pem',
        'redis-cert-file': 'tls/file.pem',
        'redis-key-file': 'tls/file.pem'
      }
      const config = file('etc/config.yaml', JSON.stringify(all))

      expect(load({ flags: all })[option]).toBe(join(folder, 'tls/file.pem'))
      expect(load({ flags: { config } })[option]).toBe(join(folder, 'etc/tls/file.pem'))
    }
  )

  it.each(['redis-cert-file', 'redis-key-file'] as const)('refuse --%s alone', (option) => {
    expect(problemsOf({ flags: { [option]: 'file.pem' } })).toEqual([
      expect.stringMatching(/--redis-cert-file .* and --redis-key-file .* give both/)
    ])
  })

  it.each<[string, OptionName, RegExp]>([
    ['redis://h', 'redis-ca-file', /: write rediss instead of redis in --store$/],
    ['redis+sentinel://h/main', 'redis-server-name', /is for TLS/],
    ['redis+cluster://h', 'redis-ca-file', /is for TLS/],
    ['redis://h', 'redis-sentinel-username', /is for Sentinels, .* write redis\+sentinel:/],
    ['rediss://h', 'redis-sentinel-password', /is for Sentinels/],
    ['redis+cluster://h', 'redis-sentinel-password', /is for Sentinels/],
    ['redis://h', 'redis-nat-map', /and the store is one server: write in --store where/]
  ])('refuse %s with --%s, which would count for nothing', (store, option, reason) => {
    const value = option === 'redis-nat-map' ? 'a:1=b:2' : 'SECRET'
    const [problem, ...others] = problemsOf({
      flags: { store },
      env: { [environmentName(option)]: value }
    })

    expect(others).toEqual([])
    expect(problem).toContain(`--${option} (${environmentName(option)}) `)
    expect(problem).toMatch(reason)
    expect(problem).not.toContain('SECRET')
  })

  it('refuse a certificate for a store that a file names without TLS, and show no password', () => {
    const flags = {
      'store-file': file('store', 'redis://:SECRET@h'),
      'redis-cert-file': 'front.pem',
      'redis-key-file': 'front.key'
    }

    expect(problemsOf({ flags })).toEqual([
      expect.stringMatching(/^--redis-cert-file .* is for TLS/),
      expect.stringMatching(/^--redis-key-file .* is for TLS/)
    ])
  })

  it('name the file of a Sentinels’ password once', () => {
    const flags = {
      store: 'redis://h',
      'redis-sentinel-password-file': file('secret', 'SECRET')
    }

    expect(problemsOf({ flags })).toEqual([
      expect.stringMatching(/^--redis-sentinel-password-file .* is for Sentinels/)
    ])
  })

  it.each([
    ['rediss://h', { 'redis-ca-file': 'ca.pem', 'redis-server-name': 'redis.example.org' }],
    ['rediss+sentinel://h/main', { 'redis-ca-file': 'ca.pem', 'redis-sentinel-username': 'w' }],
    ['redis+sentinel://h/main', { 'redis-sentinel-password': 'p', 'redis-nat-map': 'a:1=b:2' }],
    ['redis+cluster://h', { 'redis-nat-map': 'a:1=b:2' }],
    ['memory:', { 'redis-ca-file': 'ca.pem', 'redis-sentinel-username': 'w' }]
  ])('take what %s has a use for', (store, flags) => {
    expect(problemsOf({ flags: { store, ...flags } })).toEqual([])
  })

  describe('level:', () => {
    it.each([
      ['level:data', 'data'],
      ['level:./a/../data', 'data'],
      ['level:.', ''],
      ['level:C:data', 'C:data'],
      ['level:level:', 'level:'],
      ['level:a?b#c', 'a?b#c']
    ])('%s starts at the caller’s folder', (store, path) => {
      expect(load({ flags: { store } }).store).toBe(`level:${join(folder, path)}`)
      expect(load({ env: { RENDEZVOUS_STORE: store } }).store).toBe(`level:${join(folder, path)}`)
    })

    it('stays where an absolute path says', () => {
      expect(load({ flags: { store: 'level:/var/lib/rendezvous' } }).store).toBe(
        'level:/var/lib/rendezvous'
      )
    })

    it('starts at the folder of the file that it stands in', () => {
      mkdirSync(join(folder, 'etc'))

      const config = file('etc/config.yaml', 'store: level:../data\n')

      expect(load({ cwd: tmpdir(), flags: { config } }).store).toBe(`level:${join(folder, 'data')}`)
    })

    it('starts at the caller’s folder from a file of its own, too', () => {
      mkdirSync(join(folder, 'secrets'))
      file('secrets/store', 'level:data\n')

      expect(load({ flags: { 'store-file': 'secrets/store' } }).store).toBe(
        `level:${join(folder, 'data')}`
      )
    })
  })

  describe('--redis-nat-map', () => {
    const natMapOf = (sources: Partial<ConfigSources>) => load(sources)['redis-nat-map']

    it('says where to reach each server, by the name that it has otherwise', () => {
      const pairs = ['10.0.0.1:6379=127.0.0.1:7001', 'redis-2.local:6380=[::1]:7002']
      const expected = {
        '10.0.0.1:6379': { host: '127.0.0.1', port: 7001 },
        'redis-2.local:6380': { host: '::1', port: 7002 }
      }
      const config = file('config.yaml', `redis-nat-map:\n  - ${pairs[0]}\n  - ${pairs[1]}\n`)

      expect(natMapOf({ flags: { 'redis-nat-map': pairs } })).toEqual(expected)
      expect(natMapOf({ flags: { 'redis-nat-map': pairs.join(', ') } })).toEqual(expected)
      expect(natMapOf({ env: { RENDEZVOUS_REDIS_NAT_MAP: pairs.join() } })).toEqual(expected)
      expect(natMapOf({ flags: { config } })).toEqual(expected)
    })

    it('names a server with an IPv6 address as the client of Redis does, without brackets', () => {
      expect(natMapOf({ flags: { 'redis-nat-map': '[fd00::1]:6379=127.0.0.1:7001' } })).toEqual({
        'fd00::1:6379': { host: '127.0.0.1', port: 7001 }
      })
    })
  })

  describe.each(SECRETS)('--%s', (option, value) => {
    const fileOption = `${option}-file`

    it('comes from a file of its own, without the line’s end', () => {
      file('secret', `${value}\r\n`)

      expect(load({ flags: { [fileOption]: 'secret' } })[option]).toBe(value)
      expect(load({ env: { [environmentName(fileOption as OptionName)]: 'secret' } })[option]).toBe(
        value
      )
    })

    it('comes from no file that others may read, and says how to mend that', () => {
      const path = file('secret', value)

      chmodSync(path, 0o604)
      const [problem, ...others] = problemsOf({ flags: { [fileOption]: path } })

      chmodSync(path, 0o440)

      expect(others).toEqual([])
      expect(problem).toContain(`--${fileOption} (${environmentName(fileOption as OptionName)})`)
      expect(problem).toContain(`chmod 600 ${path}`)
      expect(problem).not.toContain('SECRET')
      expect(load({ flags: { [fileOption]: path } })[option]).toBe(value)
    })

    it('comes from no file that is missing, a folder, or empty', () => {
      mkdirSync(join(folder, 'folder'))
      file('empty', '\n')

      for (const [path, reason] of [
        ['missing', 'missing: there is no such file'],
        ['folder', 'folder: it is a directory'],
        ['empty', OPTION_TABLE[option].allowed]
      ] as const) {
        const [problem, ...others] = problemsOf({ flags: { [fileOption]: path } })

        expect(others).toEqual([])
        expect(problem).toContain(`--${fileOption}`)
        expect(problem).toContain(reason)
      }
    })

    it('is refused when it is given twice at the same place, and not shown', () => {
      const path = file('secret', value)
      const config = file('config.yaml', `${option}: ${value}\n${fileOption}: ${path}\n`)

      for (const sources of [
        { flags: { [option]: value, [fileOption]: path } },
        {
          env: {
            [environmentName(option)]: value,
            [environmentName(fileOption as OptionName)]: path
          }
        },
        { flags: { config } }
      ]) {
        const [problem, ...others] = problemsOf(sources)

        expect(others).toEqual([])
        expect(problem).toContain(`--${option} (`)
        expect(problem).toContain(`--${fileOption} (`)
        expect(problem).toContain('give one')
        expect(problem).not.toContain('SECRET')
      }
    })

    it('is taken from where it is given nearer', () => {
      const path = file('secret', value)
      const nearer = value.replace('SECRET', 'other')

      expect(
        load({
          flags: { [option]: nearer },
          env: { [environmentName(fileOption as OptionName)]: path }
        })[option]
      ).toBe(nearer)
      expect(
        load({ flags: { [fileOption]: path }, env: { [environmentName(option)]: nearer } })[option]
      ).toBe(value)
    })
  })

  it('tell all problems of secrets at once, and show none', () => {
    const path = file('secret', 'SECRET')

    chmodSync(path, 0o666)

    const problems = problemsOf({
      flags: {
        store: 'redis://:SECRET@h:bad',
        'redis-password': 'SECRET',
        'redis-password-file': path,
        'redis-sentinel-password-file': path,
        'max-namespaces': '0'
      }
    })

    expect(problems).toHaveLength(4)
    expect(problems.join()).not.toContain('SECRET')
  })

  it.each(['redis-password', 'redis-sentinel-password'] as const)(
    'take digits in a file for the text of --%s, not for a number',
    (option) => {
      for (const digits of ['0123', '12345678901234567890', '1e3', '0x10', '1.0']) {
        const config = file('config.yaml', `${option}: ${digits}\n`)

        expect(load({ flags: { config } })[option]).toBe(digits)
      }
    }
  )

  it('mark passwords and the store’s URL as nothing to be shown', () => {
    for (const option of ['redis-password', 'redis-sentinel-password', 'store'] as const) {
      expect(OPTION_TABLE[option].redact?.('redis://:SECRET@h')).not.toContain('SECRET')
    }
  })
})
