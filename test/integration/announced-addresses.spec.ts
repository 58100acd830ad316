import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { IdentifyResult } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createKeyFile } from '@rendezvous-cluster/front'
import { createLibp2p } from 'libp2p'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runCli } from '../support/cli.ts'
import { startTestFrontNode, type TestFrontNode } from '../support/front-node.ts'

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

    const { listenAddrs, signedPeerRecord } = await identified(front)

    expect(front.node.status().multiaddrs).toEqual([announce])
    expect(listenAddrs.map(String)).toEqual([DNS])
    expect(signedPeerRecord?.addresses.map(String)).toEqual([DNS])
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

/** What the node says to a peer that asks who it is. */
async function identified({ node }: TestFrontNode): Promise<IdentifyResult> {
  const peer = await createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    services: { identify: identify() }
  })

  onTestFinished(async () => void (await peer.stop()))

  const told = Promise.withResolvers<IdentifyResult>()

  peer.addEventListener('peer:identify', ({ detail }) => told.resolve(detail))
  await peer.dial(multiaddr(node.status().listening[0] as string))

  return told.promise
}
