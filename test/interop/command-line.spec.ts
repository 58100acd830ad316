import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { formatPrivateKey } from '@rendezvous-cluster/front'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeInterop } from './support/describe-interop.ts'
import { isAdvertised, isFound } from './support/go-peer.ts'

interface Registered {
  peerId: string
  multiaddrs: string[]
  ttlSeconds: number
}

interface Discovered {
  registrations: Registered[]
  more: boolean
}

const KEY_TYPES = ['Ed25519', 'secp256k1', 'RSA'] as const
const ADDRESS = '/ip4/192.0.2.1/tcp/4001'

describeInterop('the command line and Go peers', (interop) => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rendezvous-keys-'))
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  it.each(KEY_TYPES)(
    'rendezvous discover finds what a Go peer with an %s key registered',
    async (keyType) => {
      const { namespace } = interop
      const { point } = await interop.frontNode()
      const flags = { point, namespace, 'key-type': keyType.toLowerCase() }
      const goPeer = await interop.goPeer('advertise', flags).first(isAdvertised)

      const [answer] = await interop
        .rendezvous<Discovered>('discover', '--json', '--point', point, '--namespace', namespace)
        .done()

      expect(answer).toEqual({
        registrations: [
          { peerId: goPeer.peerId, multiaddrs: goPeer.multiaddrs, ttlSeconds: expect.any(Number) }
        ],
        more: false
      })
      expect(answer?.registrations[0]?.ttlSeconds).toBeGreaterThan(0)
      expect(answer?.registrations[0]?.ttlSeconds).toBeLessThanOrEqual(20)
    }
  )

  it.each(KEY_TYPES)(
    'a Go peer finds what rendezvous register registered with an %s key',
    async (keyType) => {
      const { namespace } = interop
      const { point } = await interop.frontNode()
      const keyFile = join(folder, 'key')

      await writeFile(keyFile, await newKey(keyType), { mode: 0o600 })
      const [registered] = await interop
        .rendezvous<Registered>(
          ...['register', '--once', '--json', '--point', point, '--namespace', namespace],
          ...['--key-file', keyFile, '--address', ADDRESS]
        )
        .done()

      const [found] = (await interop.goPeer('find', { point, namespace }).done()).filter(isFound)

      expect(registered).toMatchObject({ multiaddrs: [ADDRESS], ttlSeconds: 20 })
      expect(found?.peers).toEqual([{ peerId: registered?.peerId, multiaddrs: [ADDRESS] }])
    }
  )

  it('Go peers with keys of all types find each other', async () => {
    const { namespace } = interop
    const { point } = await interop.frontNode()
    const registered = await Promise.all(
      KEY_TYPES.map((keyType) =>
        interop
          .goPeer('advertise', { point, namespace, 'key-type': keyType.toLowerCase() })
          .first(isAdvertised)
      )
    )

    const [found] = (await interop.goPeer('find', { point, namespace }).done()).filter(isFound)

    expect(found?.peers.map(({ peerId }) => peerId).sort()).toEqual(
      registered.map(({ peerId }) => peerId).sort()
    )
  })
})

async function newKey(type: (typeof KEY_TYPES)[number]): Promise<string> {
  return formatPrivateKey(
    type === 'RSA' ? await generateKeyPair(type, 2048) : await generateKeyPair(type as 'Ed25519')
  )
}
