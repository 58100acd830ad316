import type { Namespace, NamespacePolicy } from '@rendezvous-cluster/rendezvous'
import type { NamespacePattern } from './namespace-pattern.ts'
import { PatternIndex } from './pattern-index.ts'
import { policyOfRule } from './policy-of-rule.ts'
import type { RuleValues } from './rule-table.ts'

/** One rule of a policy file. */
export interface PolicyRule {
  pattern: NamespacePattern
  /** What the file says for each namespace that matches. */
  values: RuleValues
}

/** What a policy file says: plain data, which a worker can hand over. */
export interface PolicyInit {
  /** Of those that match a namespace, the first counts. */
  rules: readonly PolicyRule[]
  /** For namespaces that no rule matches. Default: nothing is laid down. */
  otherwise?: RuleValues
}

/** What operators lay down for namespaces. Never changes: a file read again is a new policy. */
export class Policy {
  /** Lays nothing down. */
  static readonly none = new Policy({ rules: [] })

  /** How many rules there are. */
  readonly size: number
  readonly #rules = new PatternIndex<NamespacePolicy>()
  readonly #otherwise: NamespacePolicy

  constructor({ rules, otherwise = {} }: PolicyInit) {
    this.size = rules.length
    this.#otherwise = policyOfRule(otherwise)

    for (const { pattern, values } of rules) {
      this.#rules.add(pattern, policyOfRule(values))
    }
  }

  /**
   * What counts for a namespace. For every request: the cost grows with the number of different
   * prefix lengths, not with that of rules.
   */
  of({ key }: Namespace): NamespacePolicy {
    return this.#rules.firstCovering({ key, isPrefix: false }) ?? this.#otherwise
  }
}
