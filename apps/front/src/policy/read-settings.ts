import { isAlias, isScalar, isSeq, type ParsedNode, type YAMLMap } from 'yaml'
import type { z } from 'zod'
import { type PolicyProblems, printable } from './policy-problems.ts'
import type { PolicyKeyRow } from './rule-table.ts'

/** A key of a mapping, and the value it has, if any. */
export interface Setting {
  offset: number
  value: ParsedNode | null
}

/** The known keys of a mapping; others, and those that stand twice, are problems. */
export function readSettings<Key extends string>(
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

/** The value of a key, by its row; `undefined` with a problem. Each element of a list has its own. */
export function readValue<Row extends PolicyKeyRow>(
  key: string,
  { allowed, schema, isText = false }: Row,
  { offset, value }: Setting,
  problems: PolicyProblems
): z.output<Row['schema']> | undefined {
  const items = isSeq<ParsedNode>(value) ? value.items : []
  const marked = [value, ...items].filter((node) => node != null && !isPlain(node, problems))

  if (marked.length > 0) {
    return undefined
  }

  const input = isSeq(value) ? items.map((item) => toInput(item, isText)) : toInput(value, isText)
  const result = schema.safeParse(input)

  for (const { message, path } of result.error?.issues ?? []) {
    const node = items[Number(path[0])] ?? value
    const place = node?.range[0] ?? offset

    problems.add(place, `${key}${shown(node)} ${message}; give ${allowed}`)
  }

  return result.data as z.output<Row['schema']>
}

/** What a schema gets to see; for a collection the node itself, which passes for nothing. */
function toInput(node: ParsedNode | null, isText: boolean): unknown {
  const given = orNull(node)

  if (given == null) {
    return isText ? '' : null
  }

  if (!isScalar(given)) {
    return given
  }

  return isText && typeof given.value === 'number' ? given.source : given.value
}

/** A value behind its key in a message, as far as it fits there. */
function shown(node: ParsedNode | null): string {
  const given = orNull(node)

  if (!isScalar(given) || given.value === '') {
    return ''
  }

  return typeof given.value === 'string'
    ? ` "${printable(given.value)}"`
    : ` ${printable(given.source)}`
}

/** Nothing for a null as for nothing: `~`, `null`, or no value behind the colon. */
export function orNull(node: ParsedNode | null): ParsedNode | null {
  return isScalar(node) && node.value == null && isUnmarked(node) ? null : node
}

/** Whether a node is what it looks like; adds a problem for aliases, anchors and tags. */
export function isPlain(node: ParsedNode, problems: PolicyProblems): boolean {
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
