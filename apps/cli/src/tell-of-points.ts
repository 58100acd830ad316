import type { Rendezvous } from '@rendezvous-cluster/client'
import { explainFailure } from './explain-failure.ts'

/**
 * Tells people on standard error, once when no point answers and once when one does again.
 *
 * @returns to be called each time that points have been asked, with what they failed with
 */
export function tellOfPoints(rendezvous: Pick<Rendezvous, 'points'>): (error?: Error) => void {
  let isAnswered = true

  return (error) => {
    if (isAnswered === (error == null)) {
      return
    }

    isAnswered = error == null

    const text = isAnswered
      ? `${currentPoint(rendezvous)} answers now`
      : `no rendezvous point answers, trying on: ${reasons(rendezvous)}`

    process.stderr.write(`${text}\n`)
  }
}

function currentPoint({ points }: Pick<Rendezvous, 'points'>): string {
  return points.find(({ isCurrent }) => isCurrent)?.multiaddrs[0] ?? 'a point'
}

/** Each begins with the address of its point. */
function reasons({ points }: Pick<Rendezvous, 'points'>): string {
  return points
    .flatMap(({ failures, lastError }) =>
      failures > 0 && lastError != null ? explainFailure(lastError) : []
    )
    .join('; ')
}
