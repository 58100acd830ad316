import type { FaultRun } from './run-faults.ts'

/** One line for people who watch. */
export function describeRun(run: FaultRun): string {
  const { topology, fault, requests, outcomes, recoveryMs, lostBeforeRefresh, wrong } = run

  return (
    `${run.isPassed ? 'passed' : 'FAILED'}  ${topology}, ${fault}: ${requests} requests, ` +
    `${outcomes.ok} OK, ${outcomes.refused} E_UNAVAILABLE, ${outcomes.unanswered} unanswered, ` +
    `${outcomes.closed + outcomes.other} closed, ${run.connectionsClosed} connections lost, ` +
    `recovered after ${seconds(recoveryMs)} (allowed ${seconds(run.recoversWithinMs)}), ` +
    `missing in answers until one refresh: ${lostBeforeRefresh}, ` +
    `wrong otherwise: ${Object.keys(wrong).length === 0 ? 'nothing' : JSON.stringify(wrong)}`
  )
}

/** All runs as a Markdown table. */
export function describeRuns(runs: readonly FaultRun[]): string {
  const rows = runs.map((run) =>
    [
      run.topology,
      run.fault,
      run.requests,
      run.outcomes.ok,
      run.outcomes.refused,
      run.outcomes.unanswered,
      run.outcomes.closed + run.outcomes.other + run.connectionsClosed,
      `${seconds(run.recoveryMs)} of ${seconds(run.recoversWithinMs)}`,
      run.lostBeforeRefresh,
      Object.values(run.wrong).reduce((sum, count) => sum + count, 0)
    ].join(' | ')
  )

  return `| Redis | fault | requests | OK | E_UNAVAILABLE | unanswered | streams and connections closed | recovered after | missing until one refresh | wrong after |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|
${rows.map((row) => `| ${row} |`).join('\n')}
`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
