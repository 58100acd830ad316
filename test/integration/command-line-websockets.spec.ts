import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli, type ServingCli, serveCli, spawnCli } from '../support/cli.ts'
import { createCertificate } from '../support/create-certificate.ts'
import type { TlsFiles } from '../support/redis-server.ts'

describe('rendezvous over WebSockets', () => {
  let folder: string
  let files: TlsFiles
  let serving: ServingCli
  let multiaddrs: string[]

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rendezvous-cli-'))
    files = await createCertificate(folder)
    serving = await serveCli([
      '--listen=/ip4/127.0.0.1/tcp/0/ws',
      '--listen=/ip4/127.0.0.1/tcp/0/tls/ws',
      `--tls-cert-file=${files.cert}`,
      `--tls-key-file=${files.key}`
    ])
    multiaddrs = JSON.parse(readFileSync(serving.readyFile, 'utf8')).multiaddrs
  })

  afterAll(async () => {
    await serving.kill()
    rmSync(folder, { recursive: true })
  })

  function pointOver(protocols: string): string {
    return (
      multiaddrs.find((address) => /\/tcp\/\d+(.*)\/p2p\//.exec(address)?.[1] === protocols) ?? ''
    )
  }

  it('is told by the ready file, the sidecar and the log where it listens', async () => {
    const status = await (await fetch(`${serving.sidecar}/api/v1/node`)).json()

    expect(multiaddrs).toEqual([
      serving.point,
      expect.stringMatching(/^\/ip4\/127.0.0.1\/tcp\/[1-9]\d*\/ws\/p2p\/12D3KooW/),
      expect.stringMatching(/^\/ip4\/127.0.0.1\/tcp\/[1-9]\d*\/tls\/ws\/p2p\/12D3KooW/)
    ])
    expect(status).toMatchObject({ multiaddrs })
    expect(serving.output().stdout).toContain(`reachable at ${pointOver('/tls/ws')}`)
  })

  it('registers and discovers, with TLS and without', async () => {
    const env = { NODE_EXTRA_CA_CERTS: files.cert }
    const namespace = ['--namespace', 'web']
    const registered = await runCli(
      ['register', '--point', pointOver('/ws'), ...namespace, '--once', '--json'],
      env
    )
    const discovered = await runCli(
      ['discover', '--point', pointOver('/tls/ws'), ...namespace, '--json'],
      env
    )

    expect([registered.code, discovered.code]).toEqual([0, 0])
    expect(JSON.parse(discovered.stdout).registrations).toMatchObject([
      { peerId: JSON.parse(registered.stdout).peerId }
    ])
  })

  it('says what may be wrong, since Node does not, when the certificate is not trusted', async () => {
    const point = pointOver('/tls/ws')
    const { code, stderr } = await runCli(['discover', '--point', point, '--namespace', 'x'])

    expect(code).toBe(1)
    expect(stderr).toContain(`${point}: no WebSocket: `)
    expect(stderr).toContain('NODE_EXTRA_CA_CERTS')
  })

  it('ends when a point does not answer', async () => {
    const silent = createServer().listen(0, '127.0.0.1')

    await once(silent, 'listening')

    const point = `/ip4/127.0.0.1/tcp/${(silent.address() as AddressInfo).port}/ws`
    const cli = spawnCli(['discover', '--point', point, '--namespace', 'x', '--timeout', '1'])

    try {
      const { code, stderr } = await cli.finished

      expect(code).toBe(1)
      expect(stderr).toBe(`no rendezvous point answered: ${point}: no answer in 1 s\n`)
    } finally {
      cli.process.kill()
      silent.close()
    }
  })
})
