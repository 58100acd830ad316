import { RULES } from './rules.ts'
import type { FuzzRun } from './run-fuzz.ts'
import type { FileCoverage } from './v8-coverage/line-coverage.ts'

export interface DescribedRun {
  run: FuzzRun
  /** Absent where not all targets ran. */
  coverage?: readonly FileCoverage[]
  /** What has to be covered of all lines, in percent; absent where nothing has to be. */
  percentMin?: number
}

/** What was found and done, as Markdown. */
export function describeRun({ run, coverage, percentMin }: DescribedRun): string {
  const { seed, seconds, targets, findings, falseAlarms } = run
  const executions = targets.reduce((sum, target) => sum + target.executions, 0)
  const count = (kind: string) => findings.filter((finding) => finding.kind === kind).length

  return `${executions} executions in ${seconds.toFixed(0)} s, seed ${seed}: ${count('crash')} crashes, ${count('hang')} hangs,
${count('difference')} differences that no rule explains, ${count('invariant')} broken invariants.
Silences of a worker that its input did not repeat, since the machine was slow: ${falseAlarms}.

${describeFindings(run)}| target | executions | inputs kept | differences by a rule |
|---|---:|---:|---:|
${targets.map((target) => `| ${target.target} | ${target.executions} | ${target.kept} | ${sumOf(target.rules)} |`).join('\n')}

${describeRules(run)}
${coverage == null ? 'Not all targets ran: coverage says nothing.' : describeCoverage(coverage, percentMin)}
`
}

/** How many of the lines were executed, in percent. */
export function percentCovered(files: readonly FileCoverage[]): number {
  const lines = files.reduce((sum, file) => sum + file.lines, 0)
  const uncovered = files.reduce((sum, file) => sum + file.uncovered.length, 0)

  return ((lines - uncovered) / lines) * 100
}

function describeFindings({ findings }: FuzzRun): string {
  return findings
    .map(({ kind, target, message, input, count }) => {
      const [first = ''] = message.split('\n')
      const bytes = Buffer.from(input).toString('hex')

      return `- **${kind}** in ${target}, ${count} times: ${first.slice(0, 300)}\n  \`${bytes.slice(0, 400)}\`\n`
    })
    .join('')
    .concat(findings.length > 0 ? '\n' : '')
}

function describeRules({ targets }: FuzzRun): string {
  const rows = RULES.map(({ name, reason }) => {
    const count = targets.reduce((sum, { rules }) => sum + (rules[name] ?? 0), 0)

    return `| ${name} | ${count} | ${reason} |`
  })

  return `Where our readers differ on purpose, from protobufjs and from @multiformats/multiaddr:

| rule | times | why |
|---|---:|---|
${rows.join('\n')}
`
}

function describeCoverage(files: readonly FileCoverage[], percentMin?: number): string {
  const required = percentMin == null ? '' : `, required: ${percentMin} %`
  const rows = files.map(({ file, lines, uncovered }) => {
    const percent = (((lines - uncovered.length) / lines) * 100).toFixed(1)

    return `| ${file} | ${lines} | ${percent} % | ${uncovered.join(', ')} |`
  })

  return `Lines of code executed: ${percentCovered(files).toFixed(1)} %${required}.

| file | lines | executed | not executed |
|---|---:|---:|---|
${rows.join('\n')}`
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}
