import type { Namespace, RegistrationCaps } from '@rendezvous-cluster/rendezvous'
import type { NamespacePattern } from './namespace-pattern.ts'
import { PatternIndex } from './pattern-index.ts'

/** What a rule says of registrations; what it leaves out stays as the node's settings have it. */
export type NamespaceCaps = Partial<Pick<RegistrationCaps, 'perNamespace'>>

/** One rule of a policy file. */
export interface NamespaceRule {
  pattern: NamespacePattern
  caps: NamespaceCaps
}

const NO_CAPS: NamespaceCaps = Object.freeze({})

/** What operators lay down for namespaces. Never changes: a file read again is a new policy. */
export class NamespacePolicy {
  /** Without rules. */
  static readonly none = new NamespacePolicy([])

  readonly #rules = new PatternIndex<NamespaceRule>()

  /** @param rules - of those that match a namespace, the first counts */
  constructor(rules: readonly NamespaceRule[]) {
    for (const rule of rules) {
      this.#rules.add(rule.pattern, rule)
    }
  }

  /**
   * Caps of this namespace that differ from the node's own; may be spread over them. For every
   * REGISTER: the cost grows with the number of different prefix lengths, not with that of rules.
   */
  capsOf(namespace: Namespace): NamespaceCaps {
    return this.#ruleOf(namespace)?.caps ?? NO_CAPS
  }

  #ruleOf({ key }: Namespace): NamespaceRule | undefined {
    return this.#rules.firstCovering({ key, isPrefix: false })
  }
}
