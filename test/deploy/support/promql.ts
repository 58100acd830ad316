import { parser } from '@prometheus-io/lezer-promql'

/** `name{label="value", …}` of an expression. */
export interface Selector {
  metric: string
  matchers: Matcher[]
}

export interface Matcher {
  label: string
  operator: string
  value: string
}

export interface Expression {
  selectors: Selector[]
  /** What `by`, `without` and `on` name. */
  groupingLabels: string[]
}

/**
 * What an expression of Prometheus asks for.
 *
 * @param text - the expression; variables of Grafana have to be replaced
 * @throws Error if it is none
 */
export function parseExpression(text: string): Expression {
  const selectors: Selector[] = []
  const groupingLabels: string[] = []

  parser.parse(text).iterate({
    enter({ type, node, from, to }) {
      const source = text.slice(from, to)

      if (type.isError) {
        throw new Error(`no expression of Prometheus from "${text.slice(from)}" on: ${text}`)
      }

      switch (node.parent?.name) {
        case 'VectorSelector':
          if (type.name === 'Identifier') {
            selectors.push({ metric: source, matchers: [] })
          }
          break
        case 'LabelMatchers':
          selectors.at(-1)?.matchers.push(parseMatcher(source))
          break
        case 'GroupingLabels':
          groupingLabels.push(source)
      }
    }
  })

  return { selectors, groupingLabels }
}

function parseMatcher(source: string): Matcher {
  const [, label, operator, value] = /^(\w+)\s*(=~|!~|!=|=)\s*"(.*)"$/.exec(source) ?? []

  if (label === undefined || operator === undefined || value === undefined) {
    throw new Error(`a matcher that these tests do not know: ${source}`)
  }

  return { label, operator, value }
}

/** Whether a series of the selector's metric is one that it asks for. */
export function matches({ label, operator, value }: Matcher, labels: Labels): boolean {
  const found = labels[label] ?? ''

  switch (operator) {
    case '=':
      return found === value
    case '!=':
      return found !== value
    case '=~':
      return new RegExp(`^(?:${value})$`).test(found)
    default:
      return !new RegExp(`^(?:${value})$`).test(found)
  }
}

export type Labels = Record<string, string>

/** The series that `/metrics` tells, by metric. */
export function parseMetrics(text: string): Map<string, Labels[]> {
  const series = new Map<string, Labels[]>()

  for (const [, metric = '', labels = ''] of text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value])

    series.set(metric, [...(series.get(metric) ?? []), Object.fromEntries(pairs)])
  }

  return series
}
