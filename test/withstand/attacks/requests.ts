import { DIALECTS } from '@rendezvous-cluster/wire'

const { waku } = DIALECTS

/** A namespace that holds as many registrations as a DISCOVER returns at most. */
export const FULL_NAMESPACE = '/withstand/full'

export function discoverOf(namespace: string, limit: number): Uint8Array {
  return waku.encodeRequest({
    type: 'discover',
    namespace: Buffer.from(namespace),
    limit: BigInt(limit)
  })
}

export function registerIn(namespace: string, signedPeerRecord: Uint8Array): Uint8Array {
  return waku.encodeRequest({
    type: 'register',
    namespace: Buffer.from(namespace),
    signedPeerRecord,
    ttl: 20n
  })
}

/** One of so many that nobody has heard of. */
export function randomNamespace(count: number): string {
  return `/withstand/${process.pid}/${Math.floor(Math.random() * count)}`
}
