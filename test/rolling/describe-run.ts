import { brokenRequirements, type StretchFigures } from './figures.ts'
import type { RollingRun } from './run-rolling.ts'
import { PARTS } from './spread.ts'

/** From here on a request may be late because its peer was. */
const STALL_MS = 1000

/** The figures as Markdown. */
export function describeRun(run: RollingRun): string {
  const { figures, peers, goPeers, drainSeconds, discoveriesPerSecond } = run
  const requests = figures.map((stretch) =>
    row([
      nameOf(stretch),
      seconds(stretch.toMs - stretch.fromMs),
      stretch.replacement == null
        ? ''
        : seconds(stretch.replacement.servingAtMs - stretch.replacement.endedAtMs),
      stretch.requests.ours.answered + stretch.requests.go.answered,
      stretch.discoveries.sent,
      stretch.requests.ours.closed,
      stretch.requests.ours.unanswered +
        stretch.requests.go.unanswered +
        stretch.observations.unanswered,
      stretch.discoveries.failed + stretch.registers.ours.failed,
      seconds(stretch.discoveries.slowestMs),
      seconds(stretch.longestStallMs),
      stretch.reconnectsAtOnceMax
    ])
  )
  const registrations = figures.map((stretch) =>
    row([
      nameOf(stretch),
      stretch.observations.answered,
      `${Math.round(stretch.observations.longestGapMs)} ms`,
      `${Math.round(stretch.observations.slowestMs)} ms`,
      stretch.missing.ours,
      stretch.lapsed.ours.peers,
      stretch.missing.go,
      stretch.registers.go.failed,
      stretch.goFailedAgain,
      `${stretch.lapsed.go.peers} (${seconds(stretch.lapsed.go.longestMs)})`
    ])
  )

  return `${peers - goPeers} peers with our client and ${goPeers} Go peers, registered in ${run.gatherSeconds.toFixed(0)} s;
${discoveriesPerSecond} discoveries a second; drain over ${drainSeconds} s.

| | lasted | node away | answered | discoveries | streams closed, then asked again | unanswered | failed, our client | slowest discovery | load stood still, at most | reconnects in 100 ms, at most |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
${requests.join('\n')}

| | looks at the whole namespace | longest between two | slowest | missing, our client | lapsed, our client | missing, Go | Go: failed | Go: retry failed too | Go: peers lapsed (longest) |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|
${registrations.join('\n')}

${describeHistograms(figures, drainSeconds)}
${describeVerdict(figures)}`
}

function describeHistograms(figures: readonly StretchFigures[], drainSeconds: number): string {
  const drained = figures.filter(({ replacement }) => replacement?.signal === 'SIGTERM')

  if (drained.length === 0) {
    return ''
  }

  const parts = Array.from({ length: PARTS }, (_, part) =>
    ((drainSeconds * (part + 1)) / PARTS).toFixed(1)
  )
  const rows = drained.flatMap((stretch) => [
    row([`${nameOf(stretch)}: closed, our client`, ...stretch.closed.ours]),
    row([`${nameOf(stretch)}: closed, Go`, ...stretch.closed.go]),
    row([`${nameOf(stretch)}: reconnects to others, our client`, ...stretch.reconnected.ours])
  ])

  return `Connections of the drained node, by seconds since the signal:

| up to, s | ${parts.join(' | ')} | later |
|---|${'---:|'.repeat(PARTS + 1)}
${rows.join('\n')}
`
}

/** One line for each requirement that is broken, or one that says that none is. */
export function describeVerdict(figures: readonly StretchFigures[]): string {
  const broken = figures.flatMap((stretch) => {
    const requirements = brokenRequirements(stretch)
    const reasons = requirements.length === 0 ? [] : [...stretch.reasons, ...stallOf(stretch)]

    return [
      ...requirements.map((text) => `- ${nameOf(stretch)}: ${text}`),
      ...reasons.map((reason) => `  - ${reason}`)
    ]
  })

  return broken.length === 0 ? 'All requirements are met.\n' : `Broken:\n\n${broken.join('\n')}\n`
}

/** What else may be the reason. */
function stallOf({ longestStallMs }: StretchFigures): string[] {
  return longestStallMs < STALL_MS
    ? []
    : [`the load itself stood still for ${seconds(longestStallMs)}: is the machine too busy?`]
}

function nameOf({ replacement }: StretchFigures): string {
  return replacement == null ? 'before' : `${replacement.signal}, node ${replacement.node}`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`
}
