import type { Namespace, NamespacePolicy } from '@rendezvous-cluster/rendezvous'
import type { NamespacePattern } from './namespace-pattern.ts'
import { PatternIndex } from './pattern-index.ts'

/** One rule of a policy file. */
export interface PolicyRule {
  pattern: NamespacePattern
  /** What it lays down for each namespace that matches. */
  policy: NamespacePolicy
}

const NO_RULE: NamespacePolicy = Object.freeze({})

/** What operators lay down for namespaces. Never changes: a file read again is a new policy. */
export class Policy {
  /** Without rules. */
  static readonly none = new Policy([])

  readonly #rules = new PatternIndex<NamespacePolicy>()

  /** @param rules - of those that match a namespace, the first counts */
  constructor(rules: readonly PolicyRule[]) {
    for (const { pattern, policy } of rules) {
      this.#rules.add(pattern, policy)
    }
  }

  /**
   * What counts for a namespace. For every request: the cost grows with the number of different
   * prefix lengths, not with that of rules.
   */
  of({ key }: Namespace): NamespacePolicy {
    return this.#rules.firstCovering({ key, isPrefix: false }) ?? NO_RULE
  }
}
