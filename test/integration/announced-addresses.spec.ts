import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { createKeyFile } from '@rendezvous-cluster/front'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runCli } from '../support/cli.ts'
import { startTestFrontNode } from '../support/front-node.ts'
import { identifyNode } from '../support/identify-node.ts'

const DNS = '/dns4/rendezvous.example.org/tcp/60000'
const BAD_SETTINGS = 2

describe.each(['composed', 'libp2p'])('a front node of the engine %s', (engine) => {
  it('that announces an address with its peer id tells it once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rendezvous-announce-'))

    onTestFinished(() => rmSync(folder, { recursive: true }))

    const keyFile = join(folder, 'node.key')
    const peerId = peerIdFromPrivateKey(await createKeyFile(keyFile))
    const announce = `${DNS}/p2p/${peerId}`
    const front = await startTestFrontNode({ engine, announce, 'key-file': keyFile })

    onTestFinished(() => front.stop())

    const [address] = front.node.status().listening
    const { told } = await identifyNode(multiaddr(address as string))

    expect(front.node.status().multiaddrs).toEqual([announce])
    expect(told.listenAddrs.map(String)).toEqual([DNS])
    expect(told.signedPeerRecord?.addresses.map(String)).toEqual([DNS])
  })
})

it('serve ends with bad settings where the address of another node is announced', async () => {
  const other = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString()
  const { code, stdout } = await runCli([
    ...['serve', '--listen', '/ip4/127.0.0.1/tcp/0', '--sidecar', '127.0.0.1:0'],
    ...['--announce', `${DNS}/p2p/${other}`]
  ])

  expect(code).toBe(BAD_SETTINGS)
  expect(stdout).toContain(`leads to the peer id ${other}, and this node has`)
})
