import type { SoakRun } from './run-soak.ts'
import type { NodeSample, Sample } from './sampler.ts'
import { calmSamples } from './soak-figures.ts'

const MINUTE_MS = 60_000
const MIB = 2 ** 20

export function isPassed({ findings }: SoakRun): boolean {
  return Object.keys(findings).length === 0
}

/** The figures as Markdown. */
export function describeSoak(run: SoakRun): string {
  return `${describeLoad(run)}

Fitted are the last two thirds of the run, without what was sampled during a fault or within 20 s after it.
Growth fails from a figure on, where it is also more than twice the standard error of the fit.

| | growth in ten minutes | fails from | values |
|---|---:|---:|---:|
${run.growths
  .map(({ what, percent, uncertaintyPercent, percentMax, isTooMuch, points }) => {
    const growth = `${percent.toFixed(2)} % ± ${uncertaintyPercent.toFixed(2)}`

    return `| ${what} | ${growth}${isTooMuch ? ' **too much**' : ''} | ${percentMax == null ? 'too short a run' : `${percentMax.toFixed(1)} %`} | ${points} |`
  })
  .join('\n')}

Of each minute the last such sample: heap after a full collection in MiB, resident MiB, sockets, handles.

| minute | fault | ${nodesOf(run)
    .map((node) => `node ${node}`)
    .join(' | ')} | keys of Redis |
|---:|---|${nodesOf(run)
    .map(() => '---')
    .join('|')}|---:|
${describeMinutes(run).join('\n')}

${describeVerdict(run)}`
}

function describeLoad({ minutes, requests, late, registrationsChecked, churn, hostile }: SoakRun) {
  const attacks = Object.entries(hostile.attacks)
    .map(([attack, counts]) => `${attack} (${countsOf(counts)})`)
    .join(', ')
  const forged = Object.values(hostile.forgeries)
    .flatMap((outcomes) => Object.values(outcomes))
    .reduce((sum, count) => sum + count, 0)

  return `${minutes} minutes. Peers that stay: ${requests} requests, ${late} of them late, ${registrationsChecked} registrations
looked at. Peers that come and leave: ${countsOf(churn)}.
Attackers: ${attacks}; ${forged} forged requests.`
}

function describeMinutes(run: SoakRun): string[] {
  const { samples, faults, fromMs, toMs } = run
  const calm = calmSamples(samples, faults)
  const minutes = Math.round((toMs - fromMs) / MINUTE_MS)

  return Array.from({ length: minutes }, (_, minute) => {
    const isWithin = ({ atMs }: { atMs: number }): boolean =>
      Math.floor((atMs - fromMs) / MINUTE_MS) === minute
    const sample = calm.findLast(isWithin)
    const names = faults.filter((fault) => isWithin({ atMs: fault.fromMs })).map(({ name }) => name)
    const cells = [minute + 1, names.join(', '), ...describeSample(run, sample)]

    return `| ${cells.join(' | ')} |`
  })
}

function describeSample(run: SoakRun, sample: Sample | undefined): string[] {
  return sample == null
    ? [...nodesOf(run).map(() => ''), '']
    : [...sample.nodes.map(describeNode), sample.redisKeys?.toFixed(0) ?? '']
}

function describeNode({ heapBytes, rssBytes, sockets, handles }: NodeSample): string {
  return `${(heapBytes / MIB).toFixed(1)}, ${(rssBytes / MIB).toFixed(0)}, ${sockets.toFixed(0)}, ${handles.toFixed(0)}`
}

function describeVerdict(run: SoakRun): string {
  return isPassed(run)
    ? 'All requirements are met.\n'
    : `Broken: ${countsOf(run.findings)}\n\n${run.examples.map((text) => `- ${text}`).join('\n')}\n`
}

function nodesOf({ samples }: SoakRun): number[] {
  return (samples[0]?.nodes ?? []).map((_, node) => node)
}

function countsOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ')
}
