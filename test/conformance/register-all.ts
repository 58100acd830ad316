import type { CasePeer } from './case-peer.ts'

/** Registers peers one after the other: they are paged in this order. Returns their records. */
export async function registerAll(
  crowd: readonly CasePeer[],
  namespace: Uint8Array
): Promise<Uint8Array[]> {
  const records: Uint8Array[] = []

  for (const one of crowd) {
    const record = await one.record()

    await one.registered({ namespace, record })
    records.push(record)
  }

  return records
}
