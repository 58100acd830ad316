import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCli, type ServingCli, serveCli } from '../support/cli.ts'

describe('rendezvous healthcheck', () => {
  let serving: ServingCli

  beforeEach(async () => {
    // What it announces leads nowhere from here.
    serving = await serveCli(['--announce', '/dns4/rendezvous.invalid/tcp/60000'])
  })

  afterEach(() => serving.kill())

  const sidecar = (): string => new URL(serving.sidecar).host

  it('pings the node where it listens, whatever it announces', async () => {
    const { code, stdout } = await runCli(['healthcheck', '--sidecar', sidecar(), '--json'])

    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      peerId: serving.peerId,
      address: expect.stringMatching(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\//),
      milliseconds: expect.any(Number)
    })
  })

  it('finds the sidecar by its environment, one that listens everywhere too', async () => {
    const everywhere = `0.0.0.0:${new URL(serving.sidecar).port}`
    const { code, stdout } = await runCli(['healthcheck'], { RENDEZVOUS_SIDECAR: everywhere })

    expect(code).toBe(0)
    expect(stdout).toContain(`peerId: ${serving.peerId}`)
  })

  it('fails when the node has gone', async () => {
    const gone = sidecar()

    await serving.kill()
    const { code, stderr } = await runCli(['healthcheck', '--sidecar', gone])

    expect(code).toBe(1)
    expect(stderr).toContain(`no sidecar answers at ${gone}`)
  })

  it('fails when the node hangs', async () => {
    serving.process.kill('SIGSTOP')
    const { code, stderr } = await runCli([
      'healthcheck',
      '--sidecar',
      sidecar(),
      '--timeout',
      '0.5'
    ])

    expect(code).toBe(1)
    expect(stderr).toBe('no answer in 0.5 s\n')
  })

  it('fails when somebody else listens where the node says that it does', async () => {
    const other = await serveCli()
    const liar = createServer((_request, response) => {
      response.end(
        JSON.stringify({ ...other, listening: [swapPeerId(other.point, serving.point)] })
      )
    }).listen(0, '127.0.0.1')

    await once(liar, 'listening')

    try {
      const address = `127.0.0.1:${(liar.address() as AddressInfo).port}`

      const { code, stderr } = await runCli(['healthcheck', '--sidecar', address])

      expect(code).toBe(1)
      expect(stderr).toContain('another peer id answers there')
    } finally {
      liar.close()
      await other.kill()
    }
  })

  it('says what a sidecar is', async () => {
    const { code, stderr } = await runCli(['healthcheck', '--sidecar', 'localhost'])

    expect(code).toBe(2)
    expect(stderr).toContain('give host:port')
  })
})

/** The address of one with the peer id of the other. */
function swapPeerId(address: string, other: string): string {
  return address.replace(/12D3\w+$/, /12D3\w+$/.exec(other)?.[0] ?? '')
}
