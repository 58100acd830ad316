import { namespaceReads } from '../../cli/src/plan/namespace-reads.ts'
import { UNIT_COSTS } from '../../cli/src/plan/unit-costs.ts'
import { MIX } from './load/load-request.ts'
import { NAMESPACES, PEERS, SCALE_OPERATIONS, type Setup } from './run-scale.ts'

export const DISCOVERS = 'discover 50'

/** How many of each operation are in `mixed`. */
const PARTS = { refresh: MIX.refresh, [DISCOVERS]: MIX.discover, connect: MIX.connect }

const SUM = MIX.refresh + MIX.discover + MIX.connect

/** What one operation of `mixed` takes, by what its parts take: the model of `rendezvous plan`. */
export function predictMixed(
  setup: Setup,
  of: 'nodeUs' | 'redisUs',
  measured: (operation: string) => number
): number {
  const parts = Object.entries(PARTS).reduce(
    (sum, [name, share]) => sum + share * measured(name),
    0
  )
  const reads = readsOfDiscover(setup, 'mixed')[of] - readsOfDiscover(setup, DISCOVERS)[of]

  return (parts + MIX.discover * reads) / SUM
}

/** How many scripts Redis runs for one operation: `discover 50` or `mixed`. */
export function predictScripts(setup: Setup, operation: string): number {
  const { scripts } = readsOfDiscover(setup, operation)

  return operation === DISCOVERS
    ? scripts
    : (MIX.refresh + MIX.connect + MIX.discover * scripts) / SUM
}

/** What is read for one DISCOVER. */
function readsOfDiscover({ nodes }: Setup, operation: string) {
  const { perSecond, limit } = operationOf(operation)
  const isMixed = operation !== DISCOVERS
  const discoversPerSecond = (perSecond * (isMixed ? MIX.discover / SUM : 1)) / NAMESPACES
  // At all nodes, of all namespaces.
  const registersPerSecond = isMixed ? (nodes * perSecond * (MIX.refresh + MIX.connect)) / SUM : 0
  const registrations = nodes * PEERS
  const reads = namespaceReads(
    {
      registrations,
      refreshEvery: (registrations * NAMESPACES) / registersPerSecond,
      discoversPerSecond,
      limit
    },
    UNIT_COSTS.reads
  )

  return {
    nodeUs: reads.nodeUs / discoversPerSecond,
    redisUs: reads.redisUs / discoversPerSecond,
    scripts: reads.perSecond / discoversPerSecond
  }
}

function operationOf(wanted: string) {
  const found = SCALE_OPERATIONS.find(({ name }) => name === wanted)

  if (found == null) {
    throw new Error(`${wanted} is not measured`)
  }

  return found
}
