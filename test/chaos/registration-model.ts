import { FaultWindows } from './fault-windows.ts'

/** How a REGISTER ended. `refused`: 400. `unanswered`: neither an answer nor the end of its stream. */
export type Outcome = 'ok' | 'refused' | 'closed' | 'unanswered' | 'other'

/** One REGISTER. No two have the same version, so that a record found tells which one made it. */
export interface Attempt {
  version: number
  sentAtMs: number
  endedAtMs: number
  /** Until when it may still take effect: beyond its end, where that was no answer. */
  effectiveUntilMs: number
  /** Whether some point has read it and not told what became of it. */
  isUncertain: boolean
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
  /** Found twice in one answer. */
  | 'repeated'

/** A {@link Finding}, and what is known of it. */
export interface Observed {
  finding: Finding
  peer: string
  /** For people: which REGISTER, and how long ago. */
  detail: string
}

/** A registration in an answer. */
export interface Found {
  peer: string
  version: number
}

/** Other nodes show a registration after this time. */
const FRESH_MS = 200

/** What a busy machine may add to any time that is measured on it. */
const SLACK_MS = 1000

/** A refusal within this time is the point's own: it waits for its store for longer. */
const REFUSED_AT_ONCE_MS = 500

/** What a peer has sent before is of no interest: with refreshes every two seconds, of 40 seconds. */
const ATTEMPTS_MAX = 20

export interface RegistrationModelInit {
  ttlMs: number
  graceMs: number
  /**
   * How long a point goes on with a request that nobody waits for any more, and how old the copy may
   * be that it answers from while its store is slow.
   */
  deadlineMs: number
  /** Default: nothing is broken ever. */
  windows?: FaultWindows
}

/**
 * Knows which registrations were acknowledged when, from the clients alone, and tells what is wrong
 * with an answer. Shares no code with the server.
 */
export class RegistrationModel {
  readonly #attempts = new Map<string, Map<string, Attempt[]>>()
  readonly #ttlMs: number
  readonly #graceMs: number
  readonly #deadlineMs: number
  readonly #windows: FaultWindows
  #versions = 0

  constructor({ ttlMs, graceMs, deadlineMs, windows = new FaultWindows() }: RegistrationModelInit) {
    this.#ttlMs = ttlMs
    this.#graceMs = graceMs
    this.#deadlineMs = deadlineMs
    this.#windows = windows
  }

  /** A REGISTER is about to be sent. Its version goes into the record. */
  begin(namespace: string, peer: string, nowMs: number): Attempt {
    const attempt: Attempt = {
      version: ++this.#versions,
      sentAtMs: nowMs,
      endedAtMs: Number.POSITIVE_INFINITY,
      effectiveUntilMs: Number.POSITIVE_INFINITY,
      isUncertain: false,
      outcome: 'pending'
    }
    const peers = this.#attempts.get(namespace) ?? new Map<string, Attempt[]>()

    this.#attempts.set(namespace, peers)
    peers.set(peer, [...(peers.get(peer) ?? []).slice(1 - ATTEMPTS_MAX), attempt])

    return attempt
  }

  /**
   * @param outcome - of the last point that was asked
   * @param withoutAnswer - when earlier points gave up on the same REGISTER, if any
   */
  end(
    attempt: Attempt,
    outcome: Outcome,
    nowMs: number,
    { withoutAnswer = [] }: { withoutAnswer?: readonly number[] } = {}
  ): void {
    const isAnswered = outcome === 'ok' || outcome === 'refused'
    const silences = isAnswered ? withoutAnswer : [...withoutAnswer, nowMs]

    attempt.outcome = outcome
    attempt.endedAtMs = nowMs
    attempt.isUncertain = silences.length > 0
    attempt.effectiveUntilMs = Math.max(nowMs, ...silences.map((atMs) => atMs + this.#deadlineMs))
  }

  /**
   * @param found - as one DISCOVER returned them
   * @param sentAtMs - when that DISCOVER was sent
   * @param endedAtMs - when its answer was there
   */
  check(
    namespace: string,
    found: readonly Found[],
    sentAtMs: number,
    endedAtMs: number
  ): Observed[] {
    const peers = this.#attempts.get(namespace) ?? new Map<string, Attempt[]>()
    const seen = new Set<string>()
    const observed: Observed[] = []

    for (const { peer, version } of found) {
      const attempts = peers.get(peer) ?? []
      const finding = seen.has(peer)
        ? 'repeated'
        : this.#wrongWith(attempts, version, { sentAtMs, endedAtMs })

      seen.add(peer)

      if (finding != null) {
        observed.push({ finding, peer, detail: describe(attempts, sentAtMs, version) })
      }
    }

    for (const [peer, attempts] of peers) {
      if (!seen.has(peer) && this.#mustBeFound(attempts, { sentAtMs, endedAtMs })) {
        observed.push({ finding: 'lost', peer, detail: describe(attempts, sentAtMs) })
      }
    }

    return observed
  }

  #wrongWith(attempts: Attempt[], version: number, asked: Asked): Finding | undefined {
    const shown = attempts.find((attempt) => attempt.version === version)

    if (shown == null) {
      return 'invented'
    }

    const freshMs = this.#freshMs(asked)
    const isReplaced = attempts.some(
      (later) =>
        later.version > version &&
        later.outcome === 'ok' &&
        later.sentAtMs >= shown.effectiveUntilMs &&
        later.endedAtMs + freshMs + SLACK_MS < asked.sentAtMs &&
        !this.#mayBeLost(later, asked)
    )

    if (isReplaced) {
      return 'outdated'
    }

    if (shown.effectiveUntilMs + this.#ttlMs + this.#graceMs + SLACK_MS < asked.sentAtMs) {
      return 'expired'
    }

    return this.#isRefused(shown) ? 'refused' : undefined
  }

  /**
   * For certain: a point that has waited for its store in vain does not know whether it has written,
   * nor does one whose store is away.
   */
  #isRefused({ outcome, isUncertain, sentAtMs, endedAtMs }: Attempt): boolean {
    return (
      outcome === 'refused' &&
      !isUncertain &&
      endedAtMs - sentAtMs < REFUSED_AT_ONCE_MS &&
      !this.#windows.overlap('slow', { fromMs: sentAtMs, toMs: endedAtMs })
    )
  }

  #mustBeFound(attempts: Attempt[], asked: Asked): boolean {
    const freshMs = this.#freshMs(asked)
    const acknowledged = attempts.findLast(
      (attempt) => attempt.outcome === 'ok' && attempt.endedAtMs + freshMs < asked.sentAtMs
    )

    return (
      acknowledged != null &&
      acknowledged.sentAtMs + this.#ttlMs > asked.endedAtMs &&
      !this.#mayBeLost(acknowledged, asked)
    )
  }

  /** Whoever was acknowledged before the end of a fault that loses data has to refresh once. */
  #mayBeLost({ sentAtMs }: Attempt, asked: Asked): boolean {
    return this.#windows.overlap('loss', { fromMs: sentAtMs, toMs: asked.endedAtMs })
  }

  #freshMs({ sentAtMs, endedAtMs }: Asked): number {
    const isSlow = this.#windows.overlap('slow', {
      fromMs: sentAtMs - this.#deadlineMs,
      toMs: endedAtMs
    })

    return isSlow ? FRESH_MS + this.#deadlineMs : FRESH_MS
  }
}

/** When a DISCOVER was sent, and when its answer was there. */
interface Asked {
  sentAtMs: number
  endedAtMs: number
}

function describe(attempts: readonly Attempt[], nowMs: number, version?: number): string {
  const latest = attempts.slice(-4).map((attempt) => {
    const { outcome, sentAtMs, endedAtMs } = attempt

    return (
      `${attempt.version} ${outcome}${attempt.isUncertain ? '?' : ''} ` +
      `${Math.round(nowMs - sentAtMs)}..${Math.round(nowMs - endedAtMs)} ms ago`
    )
  })

  return `${version == null ? '' : `shown ${version}; `}${latest.join(', ')}`
}
