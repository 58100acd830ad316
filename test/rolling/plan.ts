/** How a node is taken away: asked to leave, or as a crash would. */
export type ReplacementSignal = 'SIGTERM' | 'SIGKILL'

/** One node ended and started again at its old address. */
export interface Replacement {
  signal: ReplacementSignal
  /** Index of the node. */
  node: number
}

export interface Plan {
  /** One after the other. */
  replacements: Replacement[]
  drainSeconds: number
  /** Between the end of one replacement and the next, and before the first, in milliseconds. */
  settleMs: number
}

export interface PlanInit {
  /** What the whole is to take, about. */
  seconds: number
  signals: readonly ReplacementSignal[]
  nodes: number
  random: () => number
}

/** What a node takes to start. */
const START_SECONDS = 2

/** A node that was killed holds its peer id for ten seconds, and its successor waits for that. */
const HELD_SECONDS = 11

/** The default of `--drain-seconds`. */
const DRAIN_SECONDS_MAX = 30
const DRAIN_SECONDS_MIN = 2

const SETTLE_MS_MIN = 500

/** Each node once for each signal, in random order, within the time there is. */
export function planReplacements({ seconds, signals, nodes, random }: PlanInit): Plan {
  const replacements = signals.flatMap((signal) =>
    shuffled(nodes, random).map((node) => ({ signal, node }))
  )
  const drains = replacements.filter(({ signal }) => signal === 'SIGTERM').length
  const kills = replacements.length - drains
  const freeSeconds = Math.max(0, seconds - kills * HELD_SECONDS - drains * START_SECONDS)
  // Two thirds for the drains, and the rest for what comes after each.
  const drainSeconds = Math.round((freeSeconds * 2) / 3 / Math.max(drains, 1))
  const bounded = Math.min(Math.max(drainSeconds, DRAIN_SECONDS_MIN), DRAIN_SECONDS_MAX)
  const settleSeconds = (freeSeconds - drains * bounded) / (replacements.length + 1)

  return {
    replacements,
    drainSeconds: bounded,
    settleMs: Math.max(SETTLE_MS_MIN, Math.round(settleSeconds * 1000))
  }
}

function shuffled(count: number, random: () => number): number[] {
  return Array.from({ length: count }, (_, node) => ({ node, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ node }) => node)
}
