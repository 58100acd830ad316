import type { Measured } from './measure.ts'
import { median } from './median.ts'
import { OPERATIONS, type ServerResult } from './run-peers.ts'
import type { BenchServerKind } from './servers/bench-server.ts'
import { verdicts } from './targets.ts'

/** All results as Markdown. */
export function describePeers(
  results: readonly ServerResult[],
  kinds: readonly BenchServerKind[]
): string {
  const lives = [...new Set(results.map(({ live }) => live))]
  const tables = lives.map((live) =>
    describeLive(
      live,
      results.filter((each) => each.live === live)
    )
  )

  return `${kinds.map(({ name, description }) => `- **${name}**: ${description}`).join('\n')}

Figures are microseconds of processor time of the server's process for each operation, the median of all
rounds and in brackets the least and the most; that of Redis is told apart.

${tables.join('\n')}
${describeTargets(results)}`
}

function describeTargets(results: readonly ServerResult[]): string {
  const rows = verdicts(results).map(
    ({ what, live, other, ratio, max, holds }) =>
      `| ${what}, ${live.toLocaleString('en')} live | ${other} | ${ratio.toPrecision(2)} | ${max} | ${holds ? 'yes' : '**no**'} |`
  )

  return rows.length === 0
    ? ''
    : `## Targets

Ours divided by the other, the median of the rounds.

| | beside | ratio | at most | holds |
|---|---|---:|---:|---|
${rows.join('\n')}
`
}

function describeLive(live: number, results: readonly ServerResult[]): string {
  const names = OPERATIONS.map(({ name }) => name).filter((name) =>
    results.some(({ operations }) => operations[name] != null)
  )
  const rows = names.map(
    (name) =>
      `| ${name} | ${results.map((each) => cell(each.operations[name] ?? [])).join(' | ')} |`
  )
  const idle = results.some((each) => each.idle != null)
    ? [
        `| memory of an idle connection | ${results
          .map((each) => (each.idle == null ? '' : `${each.idle.kibEach.toFixed(0)} KiB`))
          .join(' | ')} |`,
        `| time of an idle connection | ${results
          .map((each) => (each.idle == null ? '' : `${each.idle.usPerSecondEach.toFixed(1)} µs/s`))
          .join(' | ')} |`
      ]
    : []

  return `## ${live.toLocaleString('en')} live registrations

| | ${results.map(({ server }) => server).join(' | ')} |
|---|${results.map(() => '---:|').join('')}
${[...rows, ...idle].join('\n')}
${describeFailures(results)}`
}

function cell(measured: readonly Measured[]): string {
  if (measured.length === 0) {
    return ''
  }

  const server = measured.map(({ serverUs }) => serverUs)
  const redis = measured.flatMap(({ redisUs }) => redisUs ?? [])
  const apart = redis.length === 0 ? '' : ` + ${us(median(redis))}`

  return `${us(median(server))}${apart} [${us(Math.min(...server))}..${us(Math.max(...server))}]`
}

function describeFailures(results: readonly ServerResult[]): string {
  const lines = results.flatMap(({ server, operations }) =>
    Object.entries(operations).flatMap(([name, measured]) => {
      const failed = measured.reduce((sum, each) => sum + each.failed, 0)
      const reasons = new Set(measured.flatMap((each) => each.reasons))

      return failed === 0
        ? []
        : [`- ${server}, ${name}: ${failed} failed (${[...reasons].join('; ')})`]
    })
  )

  return lines.length === 0 ? '' : `\nNot answered:\n\n${lines.join('\n')}\n`
}

function us(value: number): string {
  return value < 100 ? value.toFixed(1) : value.toFixed(0)
}
