import calculateSlot from 'cluster-key-slot'

/** Which of the 16,384 slots of a Redis Cluster a key is in. */
export function slotOf(key: string): number {
  return calculateSlot(key)
}
