import { median } from '../../../test/support/median.ts'
import { MIX } from './load/load-request.ts'
import type { Measured } from './measure.ts'
import { OPERATIONS, type ServerResult } from './run-peers.ts'
import type { BenchServerKind } from './servers/bench-server.ts'
import { boundVerdicts, verdicts } from './targets.ts'

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
rounds and in brackets the least and the most; that of Redis is told apart. Time of an idle connection is that of
most seconds, so without garbage collections after the handshakes.

DISCOVERs are of namespaces in which nothing changes, and that were asked for before, unless one takes seconds; in the mixture of
${MIX.refresh} refreshes, ${MIX.discover} DISCOVERs of 50 and ${MIX.connect} connection, it is what is asked for that is refreshed.

${tables.join('\n')}
${describeTargets(results)}`
}

function describeTargets(results: readonly ServerResult[]): string {
  const rows = verdicts(results).map(
    ({ what, live, other, ratio, max, holds }) =>
      `| ${what}, ${live.toLocaleString('en')} live | ${other} | ${ratio.toPrecision(2)} | ${max.toPrecision(2)} | ${holds ? 'yes' : '**no**'} |`
  )

  const bounds = boundVerdicts(results).map(
    ({ what, live, server, value, unit, max, holds }) =>
      `| ${what}, ${live.toLocaleString('en')} live | ${server} | ${value.toPrecision(2)} ${unit} | ${max} ${unit} | ${holds ? 'yes' : '**no**'} |`
  )

  return rows.length + bounds.length === 0
    ? ''
    : `## Targets

Ours divided by the other, the median of the rounds. [A profile](profile.md) says what the time goes to that is left.

| | beside | ratio | at most | holds |
|---|---|---:|---:|---|
${rows.join('\n')}

Ours by itself, on this machine.

| | | measured | at most | holds |
|---|---|---:|---:|---|
${bounds.join('\n')}
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
  const found = names
    .filter((name) => name.startsWith('discover'))
    .map(
      (name) =>
        `| registrations that ${name} finds | ${results.map((each) => foundBy(each.operations[name] ?? [])).join(' | ')} |`
    )
  const late = names.map(
    (name) =>
      `| ${name} | ${results.map((each) => lateness(each.operations[name] ?? [])).join(' | ')} |`
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
${[...rows, ...found, ...idle].join('\n')}

How long peers wait, p50 / p99 in milliseconds:

| | ${results.map(({ server }) => server).join(' | ')} |
|---|${results.map(() => '---:|').join('')}
${late.join('\n')}
${describeFailures(results)}`
}

function foundBy(measured: readonly Measured[]): string {
  return measured.length === 0
    ? ''
    : median(measured.map(({ registrations }) => registrations)).toFixed(0)
}

function lateness(measured: readonly Measured[]): string {
  const ms = (of: (each: Measured) => number) => median(measured.map(of)).toPrecision(2)

  return measured.length === 0 ? '' : `${ms(({ p50 }) => p50)} / ${ms(({ p99 }) => p99)}`
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
  const failures = results.flatMap(({ server, failure, idleFailure }) => [
    ...(failure == null ? [] : [`- ${server} failed: ${failure}`]),
    ...(idleFailure == null ? [] : [`- ${server}, idle connections: ${idleFailure}`])
  ])
  const lines = results.flatMap(({ server, operations }) =>
    Object.entries(operations).flatMap(([name, measured]) => {
      const failed = measured.reduce((sum, each) => sum + each.failed, 0)
      const reasons = new Set(measured.flatMap((each) => each.reasons))

      return failed === 0
        ? []
        : [`- ${server}, ${name}: ${failed} failed (${[...reasons].join('; ')})`]
    })
  )

  const all = [...failures, ...lines]

  return all.length === 0 ? '' : `\nNot answered:\n\n${all.join('\n')}\n`
}

function us(value: number): string {
  return value < 100 ? value.toFixed(1) : value.toFixed(0)
}
