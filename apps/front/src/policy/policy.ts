import type { Namespace, NamespacePolicy } from '@rendezvous-cluster/rendezvous'
import type { NamespacePattern } from './namespace-pattern.ts'
import { PatternIndex } from './pattern-index.ts'

/** One rule of a policy file. */
export interface PolicyRule {
  pattern: NamespacePattern
  /** What it lays down for each namespace that matches. */
  policy: NamespacePolicy
}

export interface PolicyInit {
  /** Of those that match a namespace, the first counts. */
  rules: readonly PolicyRule[]
  /** For namespaces that no rule matches. Default: nothing is laid down. */
  otherwise?: NamespacePolicy
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
    this.#otherwise = otherwise

    for (const { pattern, policy } of rules) {
      this.#rules.add(pattern, policy)
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
