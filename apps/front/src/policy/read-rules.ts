import { isAlias, isMap, isScalar, isSeq, type ParsedNode, type YAMLMap } from 'yaml'
import type { NamespacePattern } from './namespace-pattern.ts'
import { PatternIndex } from './pattern-index.ts'
import type { PolicyRule } from './policy.ts'
import { type PolicyProblems, printable } from './policy-problems.ts'
import {
  RULE_KEYS,
  RULE_TABLE,
  type RuleKey,
  type RuleKeyRow,
  type RuleValues
} from './rule-table.ts'

/** Most rules in one file. */
const RULES_MAX = 10_000

const NAMESPACES_KEY = 'namespaces'

/** A key of a mapping, and the value it has, if any. */
interface Setting {
  offset: number
  value: ParsedNode | null
}

/** The namespaces of a rule, and where the file says so. */
interface PlacedPattern {
  pattern: NamespacePattern
  offset: number
}

/**
 * Reads the rules of a parsed file. Goes no deeper than rules go, so nesting costs nothing, and
 * resolves no alias, so a small file can't grow.
 *
 * @returns the rules, worth something only if no problem was added
 */
export function readRules(contents: ParsedNode | null, problems: PolicyProblems): PolicyRule[] {
  const root = orNull(contents)

  if (root == null || !isPlain(root, problems)) {
    return []
  }

  if (!isMap(root)) {
    problems.add(root.range[0], 'the file is no mapping; give namespaces: and a list of rules')

    return []
  }

  const settings = readSettings(root, [NAMESPACES_KEY], 'a policy', problems)
  const list = settings.get(NAMESPACES_KEY)?.value

  // Nothing behind the colon: all rules are commented out.
  if (list == null || !isPlain(list, problems)) {
    return []
  }

  if (!isSeq<ParsedNode>(list)) {
    problems.add(list.range[0], 'namespaces is no list; give a list of rules')

    return []
  }

  if (list.items.length > RULES_MAX) {
    const problem = `there are ${list.items.length} rules; at most ${RULES_MAX} are allowed`

    problems.add(list.range[0], problem)
  }

  return readList(list.items.slice(0, RULES_MAX), problems)
}

function readList(items: readonly ParsedNode[], problems: PolicyProblems): PolicyRule[] {
  const rules: PolicyRule[] = []
  const earlier = new PatternIndex<PlacedPattern>()

  for (const item of items) {
    const { placed, values } = readRule(item, problems)

    if (placed != null) {
      refuseCovered(placed, earlier, problems)
      rules.push(toRule(placed.pattern, values))
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
    Object.assign(values, { [key]: readValue(key, setting, problems) })
  }

  return { placed: placePattern(node, settings, values, problems), values }
}

/** Where rules of a file turn into what a policy keeps; a new key of rules ends here. */
function toRule(pattern: NamespacePattern, values: RuleValues): PolicyRule {
  return { pattern, policy: Object.freeze({ registrationsMax: values['max-registrations'] }) }
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

/** The known keys of a mapping; others, and those that stand twice, are problems. */
function readSettings<Key extends string>(
  map: YAMLMap.Parsed,
  known: readonly Key[],
  owner: string,
  problems: PolicyProblems
): Map<Key, Setting> {
  const settings = new Map<Key, Setting>()

  for (const { key: node, value } of map.items) {
    const key = known.find((name) => isScalar(node) && node.value === name)
    const offset = node.range[0]

    // A known key stays known with an anchor or tag, or it would be missed as well.
    if (!isPlain(node, problems) && key == null) {
      continue
    }

    if (key == null) {
      const shown = isScalar(node) ? `"${printable(String(node.value))}"` : 'a collection'

      problems.add(offset, `${shown} is no key of ${owner}; there are ${known.join(', ')}`)
    } else if (settings.has(key)) {
      problems.add(offset, `${key} stands twice in ${owner}; give it once`)
    } else {
      settings.set(key, { offset, value: orNull(value) })
    }
  }

  return settings
}

function readValue(key: RuleKey, { offset, value }: Setting, problems: PolicyProblems): unknown {
  if (value != null && !isPlain(value, problems)) {
    return undefined
  }

  const { allowed, schema, isText = false }: RuleKeyRow = RULE_TABLE[key]
  const result = schema.safeParse(toInput(value, isText))

  for (const { message } of result.error?.issues ?? []) {
    const place = value?.range[0] ?? offset

    problems.add(place, `${key}${shown(value)} ${message}; give ${allowed}`)
  }

  return result.data
}

/** What a schema gets to see; for a collection the node itself, which passes for nothing. */
function toInput(node: ParsedNode | null, isText: boolean): unknown {
  if (node == null) {
    return isText ? '' : null
  }

  if (!isScalar(node)) {
    return node
  }

  return isText && typeof node.value === 'number' ? node.source : node.value
}

/** A value behind its key in a message, as far as it fits there. */
function shown(node: ParsedNode | null): string {
  if (!isScalar(node) || node.value === '') {
    return ''
  }

  return typeof node.value === 'string'
    ? ` "${printable(node.value)}"`
    : ` ${printable(node.source)}`
}

/** Nothing for a null as for nothing: `~`, `null`, or no value behind the colon. */
function orNull(node: ParsedNode | null): ParsedNode | null {
  return isScalar(node) && node.value == null && isUnmarked(node) ? null : node
}

/** Whether a node is what it looks like; adds a problem for aliases, anchors and tags. */
function isPlain(node: ParsedNode, problems: PolicyProblems): boolean {
  if (isUnmarked(node)) {
    return true
  }

  problems.add(
    node.range[0],
    'there are no anchors, aliases and tags here; put text that starts with &, * or ! in quotes'
  )

  return false
}

function isUnmarked(node: ParsedNode): boolean {
  return !isAlias(node) && node.anchor == null && node.tag == null
}
