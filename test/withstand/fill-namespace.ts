import { multiaddr } from '@multiformats/multiaddr'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { createTestPeer } from '../support/test-peer.ts'
import { FULL_NAMESPACE } from './attacks/requests.ts'

/** As many as a DISCOVER returns at most. */
export const DISCOVER_RECORDS = 1000

/** Lives longer than any attack lasts. */
const TTL_SECONDS = 7200n

const AT_A_TIME = 8

/** Registers so many peers in the namespace that attackers ask for. */
export async function fillNamespace(point: string, count: number): Promise<void> {
  const { libp2p } = DIALECTS
  let left = count

  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      while (left-- > 0) {
        await register()
      }
    })
  )

  async function register(): Promise<void> {
    const peer = await createTestPeer()

    try {
      const stream = await peer.node.dialProtocol(multiaddr(point), libp2p.protocol)
      const answered = new Promise<void>((resolve, reject) => {
        stream.addEventListener('message', () => resolve(), { once: true })
        stream.addEventListener('close', () => reject(new Error('could not fill a namespace')))
      })

      stream.send(
        libp2p.encodeRequest({
          type: 'register',
          namespace: Buffer.from(FULL_NAMESPACE),
          signedPeerRecord: await peer.seal(),
          ttl: TTL_SECONDS
        })
      )
      await answered
    } finally {
      await peer.stop()
    }
  }
}
