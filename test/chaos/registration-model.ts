/** How a REGISTER ended. `refused`: 400. `unanswered`: neither an answer nor the end of its stream. */
export type Outcome = 'ok' | 'refused' | 'closed' | 'unanswered' | 'other'

/** One REGISTER. No two have the same version, so that a record found tells which one made it. */
export interface Attempt {
  version: number
  sentAtMs: number
  endedAtMs: number
  outcome: Outcome | 'pending'
}

/** What a DISCOVER returned and should not have, or the reverse. */
export type Finding =
  /** Acknowledged, alive by any clock, and not found. */
  | 'lost'
  /** Found although its TTL and grace are over. */
  | 'expired'
  /** Found although a later REGISTER of the peer was acknowledged before. */
  | 'outdated'
  /** Found although it was refused, and no later one was acknowledged. */
  | 'refused'
  /** Found, and nobody made it. */
  | 'invented'

/** Other nodes show a registration after this time. */
const FRESH_MS = 200

/** What a busy machine may add to any time that is measured on it. */
const SLACK_MS = 1000

/**
 * Knows which registrations were acknowledged when, from the clients alone, and tells what is wrong
 * with an answer. Shares no code with the server.
 */
export class RegistrationModel {
  readonly #attempts = new Map<string, Map<string, Attempt[]>>()
  readonly #ttlMs: number
  readonly #graceMs: number
  #versions = 0

  constructor({ ttlMs, graceMs }: { ttlMs: number; graceMs: number }) {
    this.#ttlMs = ttlMs
    this.#graceMs = graceMs
  }

  /** A REGISTER is about to be sent. Its version goes into the record. */
  begin(namespace: string, peer: string, nowMs: number): Attempt {
    const attempt: Attempt = {
      version: ++this.#versions,
      sentAtMs: nowMs,
      endedAtMs: Number.POSITIVE_INFINITY,
      outcome: 'pending'
    }
    const peers = this.#attempts.get(namespace) ?? new Map<string, Attempt[]>()

    this.#attempts.set(namespace, peers)
    peers.set(peer, [...(peers.get(peer) ?? []).slice(-20), attempt])

    return attempt
  }

  end(attempt: Attempt, outcome: Outcome, nowMs: number): void {
    attempt.outcome = outcome
    attempt.endedAtMs = nowMs
  }

  /**
   * @param found - version by peer, as one DISCOVER returned them
   * @param sentAtMs - when that DISCOVER was sent
   * @param endedAtMs - when its answer was there
   */
  check(
    namespace: string,
    found: ReadonlyMap<string, number>,
    sentAtMs: number,
    endedAtMs: number
  ): Finding[] {
    const peers = this.#attempts.get(namespace) ?? new Map<string, Attempt[]>()
    const findings: Finding[] = []

    for (const [peer, version] of found) {
      const finding = this.#wrongWith(peers.get(peer) ?? [], version, sentAtMs)

      if (finding != null) {
        findings.push(finding)
      }
    }

    for (const [peer, attempts] of peers) {
      if (!found.has(peer) && this.#mustBeFound(attempts, sentAtMs, endedAtMs)) {
        findings.push('lost')
      }
    }

    return findings
  }

  #wrongWith(attempts: Attempt[], version: number, sentAtMs: number): Finding | undefined {
    const shown = attempts.find((attempt) => attempt.version === version)

    if (shown == null) {
      return 'invented'
    }

    const isReplaced = attempts.some(
      ({ version: later, outcome, endedAtMs }) =>
        later > version && outcome === 'ok' && endedAtMs + FRESH_MS + SLACK_MS < sentAtMs
    )

    if (isReplaced) {
      return 'outdated'
    }

    if (shown.endedAtMs + this.#ttlMs + this.#graceMs + SLACK_MS < sentAtMs) {
      return 'expired'
    }

    return shown.outcome === 'refused' ? 'refused' : undefined
  }

  #mustBeFound(attempts: Attempt[], sentAtMs: number, endedAtMs: number): boolean {
    const acknowledged = attempts.findLast(
      (attempt) => attempt.outcome === 'ok' && attempt.endedAtMs + FRESH_MS < sentAtMs
    )

    return acknowledged != null && acknowledged.sentAtMs + this.#ttlMs > endedAtMs
  }
}
