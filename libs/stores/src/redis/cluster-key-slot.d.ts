declare module 'cluster-key-slot' {
  /** Hash slot of a key in a Redis Cluster, 0 to 16383. */
  function calculateSlot(key: string | Buffer): number

  export = calculateSlot
}
