import { DISCOVER_LIMIT_MAX, GRACE_MS } from '@rendezvous-cluster/rendezvous'
import type { DemoNodeName } from './demo-cluster.ts'

/** From an acknowledgement to the time when every node has to know of it, in milliseconds. */
const SPREAD_MS = 200

/** What a registration may be late to vanish, beyond its lifetime and grace, in milliseconds. */
const GHOST_MARGIN_MS = 1000

/** How long a REGISTER that was not answered may still take effect, in milliseconds. */
const LATE_WRITE_MS = 3000

/** Losses that are told one by one. */
const LOSSES_TOLD_MAX = 5

/** A REGISTER that a peer has sent. */
export interface SentRegistration {
  peerId: string
  namespace: string
  node: DemoNodeName
  ttlSeconds: number
  /** By the checker's clock. */
  sentAtMs: number
}

/** All that a DISCOVER of a whole namespace has found. */
export interface WholeAnswer {
  namespace: string
  /** The node that was asked. */
  node: DemoNodeName
  askedAtMs: number
  peerIds: readonly string[]
}

export interface CheckerFigures {
  /** Acknowledged REGISTERs, refreshes too. */
  acknowledged: number
  /** Registrations in the newest answers of all namespaces together. */
  registrations: number
  answersChecked: number
  /** Registrations found through another node than the one that acknowledged them. */
  foundElsewhere: number
  /** Times that a registration was not in an answer that had to hold it. */
  missing: number
  /** Times that a registration was in an answer after it had to be gone. */
  ghosts: number
  /** Times that a registration ended because its peer could not refresh it in time. */
  lapsed: number
  /** A line each for the first losses. */
  losses: readonly string[]
}

interface Held {
  peerId: string
  node: DemoNodeName
  /** From here to `untilMs` it was acknowledged without a gap. */
  sinceMs: number
  untilMs: number
  /** The latest end that any REGISTER can have given it, answered or not. */
  possiblyUntilMs: number
  hasLeft: boolean
}

/**
 * Holds answers against what was acknowledged. All doubt is in the cluster's favour: lifetimes
 * count from the sending of a REGISTER, and answers from before the DISCOVER to after it.
 */
export class DemoChecker {
  readonly #now: () => number
  readonly #byPeer = new Map<string, Held>()
  readonly #byNamespace = new Map<string, Set<Held>>()
  readonly #sizes = new Map<string, number>()
  readonly #counts = {
    acknowledged: 0,
    answersChecked: 0,
    foundElsewhere: 0,
    missing: 0,
    ghosts: 0,
    lapsed: 0
  }
  readonly #losses: string[] = []

  /** @param now - a steady clock in milliseconds */
  constructor(now: () => number) {
    this.#now = now
  }

  get figures(): CheckerFigures {
    const present = [...this.#byPeer.values()].filter(({ hasLeft }) => !hasLeft)
    const lapsedNow = present.filter((held) => this.#hasLapsed(held)).length
    const registrations = [...this.#sizes.values()].reduce((sum, size) => sum + size, 0)
    const { lapsed, ...counts } = this.#counts

    return { ...counts, registrations, lapsed: lapsed + lapsedNow, losses: this.#losses }
  }

  /** A REGISTER was answered OK just now. */
  acknowledged({ peerId, namespace, node, ttlSeconds, sentAtMs }: SentRegistration): void {
    const now = this.#now()
    const held = this.#byPeer.get(peerId) ?? this.#hold(peerId, namespace, node)

    this.#counts.acknowledged++
    this.#noteLapse(held)

    if (now > held.untilMs) {
      held.sinceMs = now
    }

    held.node = node
    held.untilMs = sentAtMs + ttlSeconds * 1000
    held.possiblyUntilMs = Math.max(held.possiblyUntilMs, now + ttlSeconds * 1000)
  }

  /** A REGISTER failed just now; that does not mean that it had no effect. */
  unanswered({ peerId, namespace, node, ttlSeconds }: SentRegistration): void {
    const held = this.#byPeer.get(peerId) ?? this.#hold(peerId, namespace, node)
    const possiblyUntilMs = this.#now() + LATE_WRITE_MS + ttlSeconds * 1000

    held.possiblyUntilMs = Math.max(held.possiblyUntilMs, possiblyUntilMs)
  }

  /** A peer is gone and sends nothing any more. What it has registered lives to its end. */
  left(peerId: string): void {
    const held = this.#byPeer.get(peerId)

    if (held != null) {
      this.#noteLapse(held)
      held.hasLeft = true
    }
  }

  /** An answer has come just now. */
  check({ namespace, node, askedAtMs, peerIds }: WholeAnswer): void {
    // At the limit nobody knows what else there is.
    if (peerIds.length >= DISCOVER_LIMIT_MAX) {
      return
    }

    const found = new Set(peerIds)

    this.#counts.answersChecked++
    this.#sizes.set(namespace, found.size)
    this.#checkMissing(namespace, node, askedAtMs, found)

    for (const peerId of found) {
      this.#checkFound(peerId, node, askedAtMs)
    }
  }

  #checkMissing(
    namespace: string,
    node: DemoNodeName,
    askedAtMs: number,
    found: ReadonlySet<string>
  ): void {
    const now = this.#now()
    const inNamespace = this.#byNamespace.get(namespace) ?? new Set()

    for (const held of inNamespace) {
      const { peerId, sinceMs, untilMs, hasLeft } = held

      if (sinceMs <= askedAtMs - SPREAD_MS && untilMs > now && !found.has(peerId)) {
        this.#counts.missing++
        this.#lose(`${peerId}, registered at ${held.node}, is missing in an answer of ${node}`)
      }

      if (hasLeft && untilMs <= now) {
        inNamespace.delete(held)
      }
    }
  }

  #checkFound(peerId: string, node: DemoNodeName, askedAtMs: number): void {
    const held = this.#byPeer.get(peerId)

    if (held == null) {
      return
    }

    if (held.node !== node) {
      this.#counts.foundElsewhere++
    }

    if (held.hasLeft && askedAtMs > held.possiblyUntilMs + GRACE_MS + GHOST_MARGIN_MS) {
      this.#counts.ghosts++
      this.#lose(`${peerId} has left and is still in an answer of ${node}`)
    }
  }

  #hold(peerId: string, namespace: string, node: DemoNodeName): Held {
    const never = Number.NEGATIVE_INFINITY
    const times = { sinceMs: never, untilMs: never, possiblyUntilMs: never }
    const held = { peerId, node, ...times, hasLeft: false }
    const others = this.#byNamespace.get(namespace) ?? new Set()

    this.#byPeer.set(peerId, held)
    this.#byNamespace.set(namespace, others.add(held))

    return held
  }

  #noteLapse(held: Held): void {
    if (this.#hasLapsed(held)) {
      this.#counts.lapsed++
    }
  }

  #hasLapsed({ untilMs }: Held): boolean {
    return untilMs > Number.NEGATIVE_INFINITY && this.#now() > untilMs + GRACE_MS
  }

  #lose(text: string): void {
    if (this.#losses.length < LOSSES_TOLD_MAX) {
      this.#losses.push(text)
    }
  }
}
