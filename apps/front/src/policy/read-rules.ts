import { isMap, type ParsedNode, type YAMLMap, type YAMLSeq } from 'yaml'
import type { NamespacePattern } from './namespace-pattern.ts'
import { PatternIndex } from './pattern-index.ts'
import type { PolicyRule } from './policy.ts'
import type { PolicyProblems } from './policy-problems.ts'
import { isPlain, readSettings, readValue, type Setting } from './read-settings.ts'
import { RULE_KEYS, RULE_TABLE, type RuleKey, type RuleValues } from './rule-table.ts'

/** Most rules in one file. */
const RULES_MAX = 10_000

/** Which bound of the TTL may not be above which. */
const TTL_ORDER = [
  ['min-ttl', 'default-ttl'],
  ['default-ttl', 'max-ttl'],
  ['min-ttl', 'max-ttl']
] as const

/** The namespaces of a rule, and where the file says so. */
interface PlacedPattern {
  pattern: NamespacePattern
  offset: number
}

/** A rule, and where the file says for which namespaces it is. */
export interface PlacedRule extends PolicyRule {
  offset: number
}

/** Reads the list of rules. They are worth something only if no problem was added. */
export function readRules(
  { items, range }: YAMLSeq.Parsed,
  problems: PolicyProblems
): PlacedRule[] {
  const rules: PlacedRule[] = []
  const earlier = new PatternIndex<PlacedPattern>()

  if (items.length > RULES_MAX) {
    problems.add(range[0], `there are ${items.length} rules; at most ${RULES_MAX} are allowed`)
  }

  for (const item of items.slice(0, RULES_MAX)) {
    const { placed, values } = readRule(item, problems)

    if (placed != null) {
      refuseCovered(placed, earlier, problems)
      rules.push({ ...placed, values })
    }
  }

  return rules
}

function readRule(
  node: ParsedNode,
  problems: PolicyProblems
): { placed?: PlacedPattern; values: RuleValues } {
  if (!isPlain(node, problems)) {
    return { values: {} }
  }

  if (!isMap(node)) {
    problems.add(node.range[0], `a rule is no mapping; its keys are ${RULE_KEYS.join(', ')}`)

    return { values: {} }
  }

  const settings = readSettings(node, RULE_KEYS, 'a rule', problems)
  const values: RuleValues = {}

  for (const [key, setting] of settings) {
    Object.assign(values, { [key]: readValue(key, RULE_TABLE[key], setting, problems) })
  }

  refuseCrossed(settings, values, problems)

  return { placed: placePattern(node, settings, values, problems), values }
}

function placePattern(
  node: YAMLMap.Parsed,
  settings: ReadonlyMap<RuleKey, Setting>,
  values: RuleValues,
  problems: PolicyProblems
): PlacedPattern | undefined {
  const [setting, second] = [settings.get('match'), settings.get('match-hex')]
    .filter((setting) => setting != null)
    .toSorted((left, right) => left.offset - right.offset)

  if (setting == null) {
    problems.add(node.range[0], 'a rule has neither match nor match-hex; give one of them')

    return undefined
  }

  if (second != null) {
    problems.add(second.offset, 'a rule has both match and match-hex; give one of them')

    return undefined
  }

  const pattern = values.match ?? values['match-hex']

  return pattern == null ? undefined : { pattern, offset: setting.offset }
}

/** Bounds of the TTL of which one excludes the other, so that nothing could be granted. */
function refuseCrossed(
  settings: ReadonlyMap<RuleKey, Setting>,
  values: RuleValues,
  problems: PolicyProblems
): void {
  for (const [lower, upper] of TTL_ORDER) {
    const [low, high] = [values[lower], values[upper]]
    const setting = settings.get(lower)

    if (low != null && high != null && setting != null && low > high) {
      const place = setting.value?.range[0] ?? setting.offset

      problems.add(place, `${lower} ${low} is above ${upper} ${high}; give at most ${high}`)
    }
  }
}

function refuseCovered(
  placed: PlacedPattern,
  earlier: PatternIndex<PlacedPattern>,
  problems: PolicyProblems
): void {
  const covering = earlier.firstCovering(placed.pattern)

  if (covering == null) {
    earlier.add(placed.pattern, placed)

    return
  }

  const line = problems.lineOf(covering.offset)
  const problem = `the rule never applies: that of line ${line} matches all it matches`

  problems.add(placed.offset, `${problem}; move it before line ${line} or remove it`)
}
