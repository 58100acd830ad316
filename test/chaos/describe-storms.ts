import type { StormRun } from './run-storm.ts'

/** A run in which every requirement was met. */
export function isPassed({ findings }: StormRun): boolean {
  return Object.keys(findings).length === 0
}

/** One line for people who watch, and one for each example of what was found. */
export function describeStorm(run: StormRun): string {
  const { seed, topology, outcomes, hostile } = run

  return [
    `${isPassed(run) ? 'passed' : 'FAILED'}  seed ${seed}, ${topology}, ${countsOf(run.faults)} ` +
      `(up to ${run.faultsAtOnceMax} at once): ${run.requests} requests, ${outcomes.ok} OK, ` +
      `${outcomes.refused} E_UNAVAILABLE, ${run.sentAgain} sent again, ${run.late} late, ` +
      `${run.registrationsChecked} registrations looked at; hostile: ${describeAttacks(hostile)}; ` +
      `forgeries: ${describeForgeries(hostile)}; findings: ${describeFindings(run)}`,
    ...run.examples.map((example) => `        ${example}`)
  ].join('\n')
}

/** All runs as a Markdown table, and what was found. */
export function describeStorms(runs: readonly StormRun[]): string {
  const rows = runs.map((run) => {
    const { outcomes, hostile } = run
    const cells = [
      ...[run.seed, run.topology, `${countsOf(run.faults)}; up to ${run.faultsAtOnceMax} at once`],
      ...[
        run.requests,
        outcomes.ok,
        outcomes.refused,
        run.sentAgain,
        run.late,
        outcomes.unanswered
      ],
      ...[run.registrationsChecked, describeAttacks(hostile), describeForgeries(hostile)],
      describeFindings(run)
    ]

    return `| ${cells.join(' | ')} |`
  })
  const examples = runs.flatMap(({ seed, examples }) =>
    examples.map((example) => `- seed ${seed}: ${example}`)
  )

  return `| seed | Redis | faults begun | requests | OK | E_UNAVAILABLE | ended with their node, then sent again | late | unanswered | registrations looked at | delivered by attackers | forged requests | findings |
|---:|---|---|---:|---:|---:|---:|---:|---:|---:|---|---|---|
${rows.join('\n')}
${examples.length === 0 ? '' : `\n${examples.join('\n')}\n`}`
}

function describeFindings({ findings }: StormRun): string {
  return countsOf(findings) || '0'
}

function describeAttacks({ attacks }: StormRun['hostile']): string {
  return Object.entries(attacks)
    .map(([attack, counts]) => `${attack} (${countsOf(counts)})`)
    .join(', ')
}

/** How many ended how, of all kinds together. */
function describeForgeries({ forgeries }: StormRun['hostile']): string {
  const sums: Record<string, number> = {}

  for (const [outcome, count] of Object.values(forgeries).flatMap((each) => Object.entries(each))) {
    sums[outcome] = (sums[outcome] ?? 0) + count
  }

  return `${Object.keys(forgeries).length} kinds: ${countsOf(sums)}`
}

function countsOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ')
}
