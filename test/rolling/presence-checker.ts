/** Whose client a peer has: ours, or that of Go peers. */
export type PeerKind = 'ours' | 'go'

/** A REGISTER that a peer knows to have been granted. */
export interface Acknowledgement {
  peerId: string
  kind: PeerKind
  ttlSeconds: number
  /** Not after it was sent: its lifetime begins between this and the answer. */
  sentAtMs: number
  /** When the peer had the answer, in milliseconds since 1970. */
  atMs: number
}

/** All that a DISCOVER of the whole namespace has found. */
export interface WholeAnswer {
  askedAtMs: number
  answeredAtMs: number
  peerIds: ReadonlySet<string>
}

/** A peer that was not in an answer. */
export interface Absence {
  peerId: string
  kind: PeerKind
  /** Whether its registration was alive: what the cluster was told it has lost. */
  isMissing: boolean
}

interface Held extends Acknowledgement {
  /** Since when it has been alive without a gap. */
  sinceMs: number
  untilMs: number
}

/** Every node knows of a new registration after this time, in milliseconds. */
const SPREAD_MS = 200

/**
 * Knows from the peers alone who is registered until when, and tells who is not in an answer. An
 * absence is *missing* where the registration was alive from before the question to after the
 * answer, and has *lapsed* otherwise: its peer wants to be found, and has not refreshed it in time.
 */
export class PresenceChecker {
  readonly #held = new Map<string, Held>()

  /** How many peers have been registered once. All of them want to be found until the end. */
  get size(): number {
    return this.#held.size
  }

  acknowledged(acknowledgement: Acknowledgement): void {
    const { peerId, sentAtMs, atMs, ttlSeconds } = acknowledgement
    const before = this.#held.get(peerId)
    const isRefresh = before != null && atMs <= before.untilMs

    this.#held.set(peerId, {
      ...acknowledgement,
      sinceMs: isRefresh ? before.sinceMs : atMs,
      untilMs: sentAtMs + ttlSeconds * 1000
    })
  }

  check({ askedAtMs, answeredAtMs, peerIds }: WholeAnswer): Absence[] {
    const absences: Absence[] = []

    for (const { peerId, kind, sinceMs, untilMs } of this.#held.values()) {
      const isKnown = sinceMs + SPREAD_MS <= askedAtMs

      if (isKnown && !peerIds.has(peerId)) {
        absences.push({ peerId, kind, isMissing: untilMs > answeredAtMs })
      }
    }

    return absences
  }
}
