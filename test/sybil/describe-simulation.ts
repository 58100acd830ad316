import type { Defence, SimulationResult } from './run-simulation.ts'
import type { SimulationOptions } from './simulation-options.ts'

/** The figures as Markdown. */
export function describeSimulation(
  options: SimulationOptions,
  results: readonly SimulationResult[]
): string {
  const { honest, honestPerPrefix, peersPerPrefix, cap, limit, discovers, store } = options
  const rows = results.map((result) =>
    [
      result.prefixes,
      nameOf(result),
      `${inWords(result.accepted)} of ${inWords(result.tried)}`,
      percent(result.shareMean),
      percent(result.shareMax),
      percent(result.eclipsed),
      inWords(result.honestRefused)
    ].join(' | ')
  )

  return `${inWords(honest)} honest peers, ${inWords(honestPerPrefix)} in each IP prefix of theirs, and an attacker with
${inWords(peersPerPrefix)} peer ids in each of its own. A DISCOVER asks for ${inWords(limit)}; ${inWords(discovers)} of them in each run.
Registrations are in ${store === 'memory:' ? 'memory' : 'Redis'}.
*Capped*: a prefix may have ${inWords(cap)} registrations. *In turn*: prefixes take turns in an answer.

| attacker's prefixes | | its registrations | its share of an answer | at most | answers with nobody else | honest peers refused |
|---:|---|---:|---:|---:|---:|---:|
${rows.map((row) => `| ${row} |`).join('\n')}
`
}

/** A defence in words. */
export function nameOf({ isCapped, isSpread }: Defence): string {
  return isCapped && isSpread
    ? 'capped, in turn'
    : isCapped
      ? 'capped'
      : isSpread
        ? 'in turn'
        : 'neither'
}

function inWords(value: number): string {
  return value.toLocaleString('en')
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
