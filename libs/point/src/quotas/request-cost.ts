import type { Request } from '@rendezvous-cluster/rendezvous'

/** What a request costs that can't be read: it was made to be refused. */
export const MALFORMED_COST = 5

/** Results of a DISCOVER that cost as much as another request. */
const RESULTS_PER_UNIT = 20

/** All namespaces are read from all parts of the store. */
const ALL_NAMESPACES_FACTOR = 5

/** Units that a request costs before it is known what it finds. */
export function costOf(request: Request): number {
  return request.type === 'discover' ? factorOf(request) : 1
}

/** Units that the results of a DISCOVER cost beyond that. */
export function costOfResults(request: Request, results: number): number {
  return (factorOf(request) * results) / RESULTS_PER_UNIT
}

function factorOf({ type, namespace }: Request): number {
  const isOfAll = namespace == null || namespace.byteLength === 0

  return type === 'discover' && isOfAll ? ALL_NAMESPACES_FACTOR : 1
}
