import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ConfigError, type ConfigSources, loadConfig } from '../src/config/load-config.ts'
import type { Config } from '../src/config/option-table.ts'

describe('settings', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rendezvous-config-'))
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

  function file(text: string): string {
    const path = join(folder, 'config.yaml')

    writeFileSync(path, text)

    return path
  }

  it('have defaults that serve at once', () => {
    const config = load({})

    expect(config.listen).toContain('/ip4/0.0.0.0/tcp/60000')
    expect(config).toMatchObject({
      announce: [],
      store: 'memory:',
      sidecar: '127.0.0.1:8008',
      protocols: ['waku', 'libp2p', 'waku1'],
      'show-namespaces': [],
      'discover-all': 'libp2p',
      'max-connections': 10_000,
      'max-connections-per-ip': 256,
      'new-connections-per-ip': 20,
      'new-connections-per-ip-burst': 200,
      'max-pending-handshakes': 1000,
      'idle-connection-seconds': 300,
      'limit-private-sources': false,
      'drain-seconds': 30,
      'request-deadline': 3,
      'log-level': 'info'
    })
  })

  it('come from flags, then the environment, then the file', () => {
    const config = file('log-level: warn\nsidecar: 127.0.0.1:1\ndrain-seconds: 3')

    expect(
      load({
        flags: { config, 'log-level': 'error' },
        env: { RENDEZVOUS_LOG_LEVEL: 'debug', RENDEZVOUS_SIDECAR: '127.0.0.1:2' }
      })
    ).toMatchObject({ 'log-level': 'error', sidecar: '127.0.0.1:2', 'drain-seconds': 3 })
  })

  it('take lists from repeated flags, from commas and from YAML', () => {
    const [a, b] = ['/ip4/127.0.0.1/tcp/1', '/ip4/127.0.0.1/tcp/2']
    const config = file(`listen:\n  - ${a}\n  - ${b}\n`)

    expect(load({ flags: { listen: [`${a}`, `${b}`] } }).listen).toEqual([a, b])
    expect(load({ env: { RENDEZVOUS_LISTEN: `${a}, ${b}` } }).listen).toEqual([a, b])
    expect(load({ env: { RENDEZVOUS_CONFIG: config } }).listen).toEqual([a, b])
  })

  it('take relative paths from the caller’s folder, and those of a file from its own', () => {
    const config = file('key-file: ./node.key')

    expect(load({ flags: { 'ready-file': 'ready.json' } })['ready-file']).toBe(
      join(folder, 'ready.json')
    )
    expect(load({ cwd: '/', flags: { config } })['key-file']).toBe(join(folder, 'node.key'))
  })

  it('count an empty variable as not set', () => {
    expect(load({ env: { RENDEZVOUS_LOG_LEVEL: '' } })['log-level']).toBe('info')
  })

  it.each([
    ['listen', 'nonsense'],
    ['listen', '/ip4/127.0.0.1'],
    ['listen', '/ip4/127.0.0.1/udp/0/quic-v1'],
    ['listen', '/ip4/127.0.0.1/ws'],
    ['listen', '/ip4/127.0.0.1/tcp/0/tls'],
    ['listen', '/ip4/127.0.0.1/tcp/0/ws/p2p-circuit'],
    ['drain-seconds', '3x'],
    ['ordinal', '0x10'],
    ['announce', '/ip4/300.0.0.1/tcp/1'],
    ['announce', '/ip4/192.0.2.1/tcp/1/p2p/nobody'],
    ['store', 'mongodb://localhost'],
    ['store', 'redis://'],
    ['store', 'memory:/tmp'],
    ['sidecar', '8008'],
    ['sidecar', '127.0.0.1:65536'],
    ['protocols', 'waku,smtp'],
    ['max-connections', '0'],
    ['max-connections', '1.5'],
    ['max-connections', 'many'],
    ['max-connections-per-ip', '0'],
    ['new-connections-per-ip', '0.5'],
    ['new-connections-per-ip-burst', '0'],
    ['max-pending-handshakes', '0'],
    ['idle-connection-seconds', '0'],
    ['limit-private-sources', 'yes'],
    ['drain-seconds', '-1'],
    ['request-deadline', 'Infinity'],
    ['ordinal', '-1'],
    ['cluster-name', 'with space'],
    ['log-level', 'loud']
  ])('refuse --%s %s and name flag, variable and what is allowed', (option, value) => {
    const [problem, ...others] = problemsOf({ flags: { [option]: value } })

    expect(others).toEqual([])
    expect(problem).toContain(
      `--${option} (RENDEZVOUS_${option.toUpperCase().replaceAll('-', '_')})`
    )
    expect(problem).toContain(value)
    expect(problem).toMatch(/is not allowed; give .{5}/)
  })

  it('tell all problems at once', () => {
    const config = file('max-conections: 5\n')

    const problems = problemsOf({
      flags: { config, sidecar: 'x', listen: 'y' },
      env: { RENDEZVOUS_STORE: 'z' }
    })

    expect(problems).toHaveLength(4)
    expect(problems[0]).toContain('"max-conections" is no setting')
  })

  it('tell a config file that is missing, no YAML, or no mapping', () => {
    const at = (path: string): string => `--config (RENDEZVOUS_CONFIG): ${join(folder, path)}: `

    expect(problemsOf({ flags: { config: 'missing.yaml' } })).toEqual([
      `${at('missing.yaml')}there is no such file`
    ])
    expect(problemsOf({ flags: { config: '.' } })).toEqual([`${at('.')}it is a directory`])
    expect(problemsOf({ flags: { config: file('a: [') } })[0]).toContain('--config')
    expect(problemsOf({ flags: { config: file('- a') } })[0]).toContain('mapping')
  })

  it.each([
    'redis://user:SECRET@host:port/nonsense',
    'redis://:pa/sSECRET@host:6379',
    'redis://:se@cSECRET@host:bad',
    'redis://:se@cSECRET@host:1/bad',
    'redis://host:6379/abc?password=SECRET',
    'redis://:%zzSECRET@host',
    '"redis://front:SECRET@redis:6379"',
    'redis2://front:SECRET@redis:6379',
    'front-SECRET@redis:6379',
    'redis://front:SECRET',
    'front:SECRET',
    'SECRET',
    'a/SECRET+=='
  ])('never show a password: %s', (store) => {
    const problems = problemsOf({ flags: { store } }).join()

    expect(problems).toContain('--store')
    expect(problems).not.toContain('SECRET')
  })

  it.each([
    'memory',
    '127.0.0.1:6379',
    'redis//localhost:6379',
    'rdis://localhost:6379/my-db',
    'redis+sentinel://one:26379,two:26379',
    './registrations'
  ])('show a store without a password that is none: %s', (store) => {
    expect(problemsOf({ flags: { store } }).join()).toContain(`"${store}" is not allowed`)
  })

  it('never show what stands in a file that is no YAML', () => {
    const config = file('store: redis://:SECRET@h:1\n  bad: [')

    expect(problemsOf({ flags: { config } }).join()).not.toContain('SECRET')
  })

  it.each([
    ['an alias', 'redis-password: *SECRET\n'],
    ['a tag', 'redis-password: !SECRET\n'],
    ['one of two anchors', 'redis-password: &a &SECRET b\n'],
    ['behind quotes', 'redis-password: "a"SECRET\n'],
    ['an escape', 'redis-password: "\\SECRET"\n'],
    ['without a space before it', 'redis-password:SECRET\n'],
    ['without a space, among others', 'redis-password:SECRET\nsidecar: 127.0.0.1:1\n'],
    ['without a space, in brackets', '{redis-password:SECRET}\n'],
    ['a key', '? pass/SECRET\n: x\n'],
    ['a list of lists', 'redis-password: [[SECRET]]\nsidecar: nowhere\n'],
    ['a directive', '%SECRET\n---\nsidecar: nowhere\n'],
    ['a second document', 'sidecar: 127.0.0.1:1\n---\nSECRET\n']
  ])('refuse a file in which a password is %s, and do not show it', (_what, text) => {
    const emitWarning = vi.spyOn(process, 'emitWarning')
    const problems = problemsOf({ flags: { config: file(text) } })

    expect(problems).toHaveLength(1)
    expect(problems[0]).not.toContain('SECRET')
    expect(emitWarning).not.toHaveBeenCalled()
  })

  it('tell where a file is no YAML', () => {
    const [problem] = problemsOf({ flags: { config: file('sidecar: a\nstore: [') } })

    expect(problem).toMatch(/it is no YAML at line 2, column \d+/)
  })

  it('take the store’s URL from a file of its own, that others may not read', () => {
    const path = join(folder, 'store')

    writeFileSync(path, 'redis://:secret@host:1\n', { mode: 0o600 })
    expect(load({ flags: { 'store-file': path } }).store).toBe('redis://:secret@host:1')

    chmodSync(path, 0o644)
    expect(problemsOf({ flags: { 'store-file': path } })[0]).toContain('chmod 600')
  })

  it('never show what stands in the store’s file', () => {
    const path = join(folder, 'store')

    writeFileSync(path, 'SECRET', { mode: 0o600 })

    const [problem, ...others] = problemsOf({ flags: { 'store-file': path } })

    expect(others).toEqual([])
    expect(problem).toContain('--store-file')
    expect(problem).not.toContain('SECRET')
  })

  it.each(['/ip4/0.0.0.0/tcp/0/ws', '/ip6/::/tcp/8000/ws', '/dns4/localhost/tcp/0/ws'])(
    'take %s to listen on WebSockets',
    (address) => {
      expect(load({ flags: { listen: address } }).listen).toEqual([address])
    }
  )

  it.each([
    '/dns4/rendezvous.example.org/tcp/443/wss',
    '/dns4/rendezvous.example.org/tcp/443/tls/ws'
  ])('take %s to announce, for a proxy with the certificate', (address) => {
    expect(load({ flags: { announce: address } }).announce).toEqual([address])
  })

  it('take --store or --store-file, whichever is given nearer', () => {
    const path = join(folder, 'store')

    writeFileSync(path, 'redis://from-file:1', { mode: 0o600 })

    const variables = { RENDEZVOUS_STORE_FILE: path }

    expect(load({ flags: { store: 'memory:' }, env: variables }).store).toBe('memory:')
    expect(
      load({ flags: { 'store-file': path }, env: { RENDEZVOUS_STORE: 'memory:' } }).store
    ).toBe('redis://from-file:1')
    expect(problemsOf({ env: { ...variables, RENDEZVOUS_STORE: 'memory:' } })[0]).toContain(
      'give one'
    )
  })
})
