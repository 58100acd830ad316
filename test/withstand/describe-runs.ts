import { ATTACKS } from './attacks/attacks.ts'
import { type AttackRun, brokenRequirements } from './run-attack.ts'

/** One line for people who watch. */
export function describeRun(run: AttackRun): string {
  const { attack, before, during, node } = run
  const broken = brokenRequirements(run)

  return (
    `${broken.length === 0 ? 'held  ' : 'FAILED'}  ${attack}: ${counts(run.delivered)} a second; ` +
    `p99 ${ms(before.p99Ms)} before, ${ms(during.p99Ms)} during; ` +
    `${during.lost} of ${during.requests} lost, newcomers ${during.newcomers.lost} of ` +
    `${during.newcomers.requests}; node ${Math.round(node.cpu * 100)} % of a core, ` +
    `${Math.round(node.mibMax)} MiB; rejected ${counts(run.rejected) || 'nothing'}` +
    broken.map((each) => `\n        ${each}`).join('')
  )
}

/** All runs as Markdown. */
export function describeRuns(runs: readonly AttackRun[]): string {
  const rows = runs.map((run) =>
    [
      `${run.attack}: ${ATTACKS[run.attack].description}`,
      counts(run.delivered),
      `${ms(run.before.p50Ms)} / ${ms(run.before.p99Ms)}`,
      `${ms(run.during.p50Ms)} / ${ms(run.during.p99Ms)}`,
      `${run.during.lost} of ${run.during.requests}`,
      `${run.during.newcomers.lost} of ${run.during.newcomers.requests} (${ms(run.during.newcomers.slowestMs)})`,
      `${Math.round(run.node.cpu * 100)} %`,
      `${Math.round(run.node.mibMax)} MiB`,
      counts(run.rejected)
    ].join(' | ')
  )
  const broken = runs.flatMap((run) =>
    brokenRequirements(run).map((each) => `- ${run.attack}: ${each}`)
  )
  const verdict =
    broken.length === 0 ? 'All requirements are met.' : `Broken:\n\n${broken.join('\n')}`

  return `The node has one core to itself; Redis, 50 well behaved peers with 50 requests a second, a newcomer each
second and the attackers share another. Times are of requests on open streams, from request to answer.

| attack | delivered, a second | p50 / p99 before | p50 / p99 during | lost | newcomers lost (slowest) | core of the node | memory of the node | rejected, by reason |
|---|---|---:|---:|---:|---:|---:|---:|---|
${rows.map((row) => `| ${row} |`).join('\n')}

Required: p99 at most three times that before, or 50 ms; nothing lost. ${verdict}
`
}

function counts(values: Record<string, number>): string {
  return Object.entries(values)
    .map(([what, count]) => `${count < 10 ? count.toFixed(1) : Math.round(count)} ${what}`)
    .join(', ')
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`
}
