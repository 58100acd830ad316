import { copyPolicy } from '@rendezvous-cluster/stores'
import type { ReadCost, ReadCosts } from './unit-costs.ts'

/** Standard deviations that what is asked at random comes above its mean now and then. */
const SPREAD = 3

/** What a front node answers DISCOVERs of a namespace from. */
export type AnsweredFrom =
  /** All registrations, and what has changed since. */
  | 'a copy'
  /** Some of them at random, drawn anew time after time. */
  | 'a part'
  /** As many as are asked for, drawn for each answer. */
  | 'Redis'

/** A namespace as one front node sees it. */
export interface AskedNamespace {
  registrations: number
  /** Seconds between two REGISTERs of a peer. */
  refreshEvery: number
  /** Of this node. */
  discoversPerSecond: number
  /** Registrations in an answer. */
  limit: number
}

/** What one front node reads of one namespace. */
export interface NamespaceReads {
  from: AnsweredFrom
  /** How often it reads, which is a script each time, but for parts. */
  perSecond: number
  /** Microseconds of a core a second, of the node and of Redis. */
  nodeUs: number
  redisUs: number
  /** Registrations that the node holds. */
  held: number
}

/**
 * As the Redis store decides it, for DISCOVERs of the dialects that sample, which come at random times. What is kept once it
 * has paid goes on being told what changes, so that it pays by chance is enough.
 */
export function namespaceReads(asked: AskedNamespace, costs: ReadCosts): NamespaceReads {
  const { registrations, discoversPerSecond, limit } = asked
  const isKept = !isLarge(asked) && changesOfRead(asked) <= copyPolicy.CHANGES_MAX
  const copied = isLarge(asked) ? copyPolicy.PART_SIZE : registrations
  const countsFor = inSeconds(isLarge(asked) ? copyPolicy.WHOLE_FRESH_MS : copyPolicy.PAYS_MS)
  const others = discoversPerSecond * countsFor
  const discovers = 1 + others + (isKept ? SPREAD * Math.sqrt(others) : 0)
  const isCopied =
    limit > copyPolicy.DRAWN_MAX || copyPolicy.COST_OF_DRAWING * limit * discovers > copied

  if (!isCopied || discoversPerSecond === 0) {
    return readsFromRedis(asked, costs)
  }

  return isLarge(asked) ? readsOfPart(asked, costs) : readsOfCopy(asked, costs)
}

/** Where there is no room for a copy. */
export function readsFromRedis(asked: AskedNamespace, costs: ReadCosts): NamespaceReads {
  const { registrations, discoversPerSecond, limit } = asked
  const isDrawn = limit <= copyPolicy.DRAWN_MAX

  if (isLarge(asked) && !isDrawn) {
    return readsOfPart(asked, costs)
  }

  const [count, each] = isDrawn
    ? [Math.min(limit, registrations), costs.drawn]
    : [registrations, costs.copied]

  return {
    from: 'Redis',
    held: 0,
    ...readsOf(discoversPerSecond, count, each, costs)
  }
}

function readsOfCopy(asked: AskedNamespace, costs: ReadCosts): NamespaceReads {
  const { registrations, discoversPerSecond } = asked
  const { change, copied } = costs
  const reads = readsPerSecond(discoversPerSecond, copyPolicy.WHOLE_FRESH_MS)
  const changes = changesOfRead(asked)
  const known = { from: 'a copy', held: registrations } as const

  // It is asked what has changed, and then for all.
  return changes > copyPolicy.CHANGES_MAX
    ? { ...known, ...readsOf(2 * reads, registrations / 2, copied, costs) }
    : { ...known, ...readsOf(reads, changes, change, costs) }
}

function readsOfPart(
  { discoversPerSecond, limit }: AskedNamespace,
  { part }: ReadCosts
): NamespaceReads {
  const held = copyPolicy.PARTS * copyPolicy.PART_SIZE
  const inTurns = readsPerSecond(discoversPerSecond, copyPolicy.PART_FRESH_MS / copyPolicy.PARTS)
  // As many as an answer needs, which are all too old once nobody has asked for a while.
  const together = Math.ceil(Math.min(limit, held) / copyPolicy.PART_SIZE)
  const anew = readsPerSecond(discoversPerSecond, copyPolicy.PART_FRESH_MS)
  const perSecond = Math.max(inTurns, anew * together)

  return {
    from: 'a part',
    held,
    perSecond,
    nodeUs: perSecond * part.nodeUs,
    redisUs: perSecond * part.redisUs
  }
}

function readsOf(
  perSecond: number,
  registrations: number,
  each: ReadCost,
  { script }: ReadCosts
): Pick<NamespaceReads, 'perSecond' | 'nodeUs' | 'redisUs'> {
  return {
    perSecond,
    nodeUs: perSecond * (script.nodeUs + registrations * each.nodeUs),
    redisUs: perSecond * (script.redisUs + registrations * each.redisUs)
  }
}

/** How many registrations have changed since the last time. */
function changesOfRead({
  registrations,
  refreshEvery,
  discoversPerSecond
}: AskedNamespace): number {
  const reads = readsPerSecond(discoversPerSecond, copyPolicy.WHOLE_FRESH_MS)

  return Math.min(registrations, registrations / refreshEvery / reads)
}

/** What was read answers for a while, and is read again when somebody asks after that. */
function readsPerSecond(discoversPerSecond: number, freshMs: number): number {
  return discoversPerSecond / (1 + discoversPerSecond * inSeconds(freshMs))
}

function isLarge({ registrations }: AskedNamespace): boolean {
  return registrations > copyPolicy.WHOLE_MAX
}

function inSeconds(ms: number): number {
  return ms / 1000
}
