import { isMap, isSeq, type ParsedNode } from 'yaml'
import type { PolicyInit } from './policy.ts'
import type { PolicyProblems } from './policy-problems.ts'
import { type PlacedRule, readRules } from './read-rules.ts'
import { isPlain, orNull, readSettings, readValue, type Setting } from './read-settings.ts'
import { ACCESS_ROW } from './rule-table.ts'

const POLICY_KEYS = ['default-access', 'namespaces'] as const

/**
 * Reads the policy of a parsed file. Goes no deeper than rules go, so nesting costs nothing, and
 * resolves no alias, so a small file can't grow.
 *
 * @returns the policy, worth something only if no problem was added
 */
export function readPolicy(contents: ParsedNode | null, problems: PolicyProblems): PolicyInit {
  const root = orNull(contents)

  if (root == null || !isPlain(root, problems)) {
    return { rules: [] }
  }

  if (!isMap(root)) {
    problems.add(root.range[0], 'the file is no mapping; give namespaces: and a list of rules')

    return { rules: [] }
  }

  const settings = readSettings(root, POLICY_KEYS, 'a policy', problems)
  const rules = readList(settings.get('namespaces'), problems)
  const access = settings.get('default-access')

  if (access == null) {
    return { rules }
  }

  refuseUseless(access, rules, problems)

  return {
    rules,
    otherwise: { access: readValue('default-access', ACCESS_ROW, access, problems) }
  }
}

/** Nothing behind the colon: all rules are commented out. */
function readList(setting: Setting | undefined, problems: PolicyProblems): PlacedRule[] {
  const list = setting?.value

  if (list == null || !isPlain(list, problems)) {
    return []
  }

  if (!isSeq<ParsedNode>(list)) {
    problems.add(list.range[0], 'namespaces is no list; give a list of rules')

    return []
  }

  return readRules(list, problems)
}

/** Whoever reads `deny` there would think that what no other rule allows is denied. */
function refuseUseless(
  { offset }: Setting,
  rules: readonly PlacedRule[],
  problems: PolicyProblems
): void {
  const all = rules.find(({ pattern }) => pattern.isPrefix && pattern.key === '')

  if (all != null) {
    const line = problems.lineOf(all.offset)

    problems.add(
      offset,
      `default-access never applies: the rule of line ${line} matches everything; remove one of both`
    )
  }
}
