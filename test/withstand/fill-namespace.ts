import { multiaddr } from '@multiformats/multiaddr'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { createHostileHost } from './attacks/hostile-host.ts'
import { FULL_NAMESPACE } from './attacks/requests.ts'
import { sourceAddress } from './attacks/source-addresses.ts'

/** As many as a DISCOVER returns at most. */
export const DISCOVER_RECORDS = 1000

/** Lives longer than any attack lasts. */
const TTL_SECONDS = 7200n

const AT_A_TIME = 8

/** Addresses that no attacker has. */
const FIRST_SOURCE = 10_000

/** Registers so many peers, each from an address of its own, in the namespace that attackers ask for. */
export async function fillNamespace(point: string, count: number): Promise<void> {
  const indexes = Array.from({ length: count }, (_, index) => index)

  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (let index = indexes.pop(); index != null; index = indexes.pop()) {
        await register(point, sourceAddress(FIRST_SOURCE + index))
      }
    })
  )
}

async function register(point: string, localAddress: string): Promise<void> {
  const { libp2p } = DIALECTS
  const host = await createHostileHost(multiaddr(point), localAddress)
  const connection = await host.connect()
  const stream = await connection.newStream(libp2p.protocol)
  const answered = new Promise<void>((resolve, reject) => {
    stream.addEventListener('message', () => resolve(), { once: true })
    stream.addEventListener('close', () => reject(new Error('could not fill a namespace')))
  })

  stream.send(
    libp2p.encodeRequest({
      type: 'register',
      namespace: Buffer.from(FULL_NAMESPACE),
      signedPeerRecord: await host.seal(),
      ttl: TTL_SECONDS
    })
  )
  await answered
  await connection.close()
}
