import { frontNodesOf } from '../front-nodes.ts'
import { type Manifest, manifestsOf, titleOf } from '../manifests.ts'
import { podsOf, selectPods } from '../pods.ts'

/** What the end of a node takes besides its delay and its drain, in seconds. */
const STOP_SECONDS = 15

/**
 * Less time to stop than a drain takes, budgets that let every pod go at once, and spreading over machines that take no
 * pods, which then keeps pods from the others.
 */
export async function availabilityProblems(manifests: readonly Manifest[]): Promise<string[]> {
  return [
    ...new Set([
      ...(await gracePeriodProblems(manifests)),
      ...budgetProblems(manifests),
      ...spreadProblems(manifests)
    ])
  ]
}

async function gracePeriodProblems(manifests: readonly Manifest[]): Promise<string[]> {
  const nodes = await frontNodesOf(manifests)

  return nodes.flatMap(({ pod, config }) => {
    const graceSeconds = pod.spec.terminationGracePeriodSeconds ?? 30
    const neededSeconds =
      (config?.['drain-delay'] ?? 0) + (config?.['drain-seconds'] ?? 0) + STOP_SECONDS

    return graceSeconds >= neededSeconds
      ? []
      : [`${pod.workload}: ${graceSeconds} s to stop, and it takes up to ${neededSeconds} s`]
  })
}

function budgetProblems(manifests: readonly Manifest[]): string[] {
  const pods = podsOf(manifests)
  const budgets = manifestsOf(manifests, 'PodDisruptionBudget')
  const useless = budgets.filter(({ spec }) => {
    const count = selectPods(pods, spec?.selector?.matchLabels).length

    return typeof spec?.maxUnavailable !== 'number' || spec.maxUnavailable >= count
  })
  const unheld = manifestsOf(manifests, 'StatefulSet').filter((set) => {
    const own = pods.filter(({ workload }) => workload === titleOf(set))
    const held = budgets.flatMap(({ spec }) => selectPods(own, spec?.selector?.matchLabels))

    return own.length > 1 && held.length < own.length
  })

  return [
    ...useless.map((budget) => `${titleOf(budget)}: lets all of its pods go at once`),
    ...unheld.map((set) => `${titleOf(set)}: no PodDisruptionBudget holds its pods`)
  ]
}

function spreadProblems(manifests: readonly Manifest[]): string[] {
  return podsOf(manifests).flatMap(({ workload, spec }) =>
    (spec.topologySpreadConstraints ?? [])
      .filter(({ nodeTaintsPolicy }) => nodeTaintsPolicy !== 'Honor')
      .map(
        ({ topologyKey }) => `${workload}: spread over ${topologyKey} of machines with taints too`
      )
  )
}
