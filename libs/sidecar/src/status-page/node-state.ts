import type { NodeOverview } from '../cluster-overview.ts'
import { formatDuration } from './format-figures.ts'

/** What something is like in one word, for whoever looks for a second. */
export type Condition = 'good' | 'warning' | 'bad'

/** What a front node does, for people. */
export function nodeState({ silent, draining, multiaddrs, heardSecondsAgo }: NodeOverview): {
  condition: Condition
  text: string
} {
  if (silent) {
    return { condition: 'bad', text: `gone, last heard of ${formatDuration(heardSecondsAgo)} ago` }
  }

  if (draining) {
    return { condition: 'warning', text: 'draining' }
  }

  return multiaddrs.length === 0
    ? { condition: 'warning', text: 'starting' }
    : { condition: 'good', text: 'serving' }
}
