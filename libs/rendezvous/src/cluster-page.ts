import { type ClusterRegistration, NODE_PLACE_MAX } from './cluster-directory.ts'

/** So many of a cluster's nodes behind a place, in the order of their places. */
export function clusterPage(
  nodes: readonly ClusterRegistration[],
  after: number,
  limit: number
): { nodes: ClusterRegistration[]; cursor: number } {
  // No node's place: all are shown, as with a cursor of the future.
  const start = after > NODE_PLACE_MAX ? 0 : after
  const page = nodes
    .filter(({ sequence }) => sequence > start)
    .sort((one, other) => one.sequence - other.sequence)
    .slice(0, limit)

  return { nodes: page, cursor: page.at(-1)?.sequence ?? start }
}
