import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCertificate } from '../../../test/support/create-certificate.ts'
import type { TlsFiles } from '../../../test/support/redis-server.ts'
import { type ConfigError, loadConfig } from '../src/config/load-config.ts'
import { FrontNode } from '../src/front-node.ts'

const CERT = '--tls-cert-file (RENDEZVOUS_TLS_CERT_FILE)'
const KEY = '--tls-key-file (RENDEZVOUS_TLS_KEY_FILE)'
const LISTEN = ['/ip4/127.0.0.1/tcp/0/tls/ws', '/ip4/127.0.0.1/tcp/0/wss']

describe('the files for TLS', () => {
  let folder: string
  let files: TlsFiles
  let others: TlsFiles

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rendezvous-tls-'))
    mkdirSync(join(folder, 'others'))
    files = await createCertificate(folder)
    others = await createCertificate(join(folder, 'others'))
  })

  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  function problemsOf(flags: Record<string, string | string[]>): readonly string[] {
    try {
      loadConfig({ flags, env: {}, cwd: folder })
    } catch (error) {
      return (error as ConfigError).problems
    }

    return []
  }

  function problemsOfFiles(cert: string, key: string): readonly string[] {
    return problemsOf({ listen: LISTEN, 'tls-cert-file': cert, 'tls-key-file': key })
  }

  function file(name: string, content: string): string {
    writeFileSync(join(folder, name), content, { mode: 0o600 })

    return join(folder, name)
  }

  it('come from flags, variables and the config file', () => {
    const config = file('config.yaml', 'tls-cert-file: cert.pem\ntls-key-file: key.pem')
    const env = { RENDEZVOUS_TLS_CERT_FILE: files.cert, RENDEZVOUS_TLS_KEY_FILE: files.key }
    const wanted = { listen: LISTEN, 'tls-cert-file': files.cert, 'tls-key-file': files.key }

    expect(problemsOfFiles('cert.pem', 'key.pem')).toEqual([])
    expect(loadConfig({ flags: { listen: LISTEN }, env, cwd: '/' })).toMatchObject(wanted)
    expect(loadConfig({ flags: { listen: LISTEN, config }, env: {}, cwd: '/' })).toMatchObject(
      wanted
    )
  })

  it('are needed by every address with TLS', () => {
    const problems = problemsOf({ listen: [...LISTEN, '/ip4/127.0.0.1/tcp/0/ws'] })

    expect(problems).toEqual(
      LISTEN.map(
        (address) =>
          `--listen (RENDEZVOUS_LISTEN): "${address}" needs a certificate; give ${CERT} and ${KEY}`
      )
    )
  })

  it('go together', () => {
    const problem = `${CERT} and ${KEY} go together: give both`

    expect(problemsOf({ listen: LISTEN, 'tls-cert-file': files.cert })).toEqual([problem])
    expect(problemsOf({ listen: LISTEN, 'tls-key-file': files.key })).toEqual([problem])
  })

  it('are told together when they are missing', () => {
    const problems = problemsOfFiles('no-cert.pem', 'no-key.pem')

    expect(problems).toEqual([
      expect.stringMatching(/^--tls-cert-file .*ENOENT.*; give the path of a PEM file$/),
      expect.stringMatching(/^--tls-key-file .*ENOENT.*; give the path of a PEM file that others/)
    ])
  })

  it('are told when they are swapped, or hold something else', () => {
    chmodSync(files.cert, 0o600)

    expect(problemsOfFiles(files.key, files.cert)).toEqual([
      `${CERT}: ${files.key} holds no certificate; give a PEM file of one, its chain after it`,
      `${KEY}: ${files.cert} holds no private key; give a PEM file of one, without a passphrase`
    ])
    expect(problemsOfFiles(file('a', 'SECRET'), file('b', 'SECRET')).join()).not.toContain('SECRET')
  })

  it('are told when a chain is cut off, which one certificate alone does not show', () => {
    const cert = readFileSync(files.cert, 'utf8')
    const cut = file('cut.pem', cert + cert.slice(0, cert.length / 2))

    expect(problemsOfFiles(cut, files.key)).toHaveLength(1)
  })

  it('have to belong to each other', () => {
    expect(problemsOfFiles(files.cert, others.key)).toEqual([
      `${KEY}: ${others.key} is not the key of ${files.cert}; give the two that belong together`
    ])
  })

  it('are refused when others may read the key', () => {
    chmodSync(others.key, 0o644)

    expect(problemsOfFiles(others.cert, others.key)).toEqual([
      `${KEY}: other users may read it; run: chmod 600 ${others.key}`
    ])
  })

  it('serve when the certificate has expired, with a warning', async () => {
    mkdirSync(join(folder, 'expired'))

    const expired = await createCertificate(join(folder, 'expired'), new Date(2000, 1))
    const flags = { 'tls-cert-file': expired.cert, 'tls-key-file': expired.key }
    const config = loadConfig({
      flags: { listen: LISTEN, sidecar: '127.0.0.1:0', ...flags },
      env: {},
      cwd: folder
    })
    const lines: string[] = []
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
    const node = new FrontNode({ config, log })

    await node.start()
    await node.stop({ delayMs: 0, drainMs: 0 })

    expect(lines.join()).toContain('the certificate of --tls-cert-file expired on 2000-')
  })
})
