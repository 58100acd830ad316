import { DIFFERENCE_RULES, UNKNOWN_TYPE_RULE } from './differences/difference-rules.ts'
import { MULTIADDR_RULES } from './differences/multiaddr-refusals.ts'
import { KEY_RULE } from './targets/record-target.ts'

/** All rules by which ours differs on purpose, with their reasons. */
export const RULES: readonly { name: string; reason: string }[] = [
  ...DIFFERENCE_RULES,
  UNKNOWN_TYPE_RULE,
  KEY_RULE,
  ...MULTIADDR_RULES
]
