/** Most peers of a demo: all of them live in one process. */
export const PEERS_MAX = 1000

/** Most peers that share a namespace: with those that left lately, one answer still holds them all. */
const PEERS_PER_NAMESPACE_MAX = 500

/** Registrations that all answers of a second may hold together, so that two cores suffice. */
const FOUND_PER_SECOND_MAX = 8000

/** DISCOVERs of all peers in a second. */
const DISCOVERS_PER_SECOND_MAX = 50

/** Peers whose refreshes at the shortest lifetimes are no burden. */
const PEERS_PER_TTL_SECOND = 50

/** What a demo was asked to do. */
export interface DemoOptions {
  peers: number
  seconds: number
  namespaces: number
  /** `memory:` or the URL of a Redis; by default what this machine has. */
  store?: string
  json?: boolean
}

/** How often things happen in a demo. */
export interface DemoPace {
  /** Lifetime of registrations; they are refreshed at half of it. */
  ttlSeconds: number
  /** From one DISCOVER of a peer to its next, in milliseconds. */
  discoverEveryMs: number
  /** Peers that leave in a second, and as many that join. */
  churnPerSecond: number
  /** When the front node is killed, in milliseconds after the start. */
  killAfterMs: number
}

/** What is wrong with numbers that are each allowed; nothing if they go together. */
export function problemOf({ peers, namespaces }: DemoOptions): string | undefined {
  if (namespaces > peers) {
    return `--namespaces ${namespaces}: give at most as many as --peers (${peers})`
  }

  if (peers / namespaces > PEERS_PER_NAMESPACE_MAX) {
    return (
      `--namespaces ${namespaces}: give at least ${Math.ceil(peers / PEERS_PER_NAMESPACE_MAX)} ` +
      `for ${peers} peers, so that one answer holds a whole namespace`
    )
  }

  return undefined
}

/** Short lifetimes show more in little time; a big crowd has longer ones, to spare the machine. */
export function paceOf({ peers, seconds, namespaces }: DemoOptions): DemoPace {
  const shortestTtl = Math.min(6, Math.max(3, Math.round(seconds / 5)))
  const secondsBetween = Math.max(
    0.5,
    peers / DISCOVERS_PER_SECOND_MAX,
    (peers * peers) / namespaces / FOUND_PER_SECOND_MAX
  )

  return {
    ttlSeconds: Math.max(shortestTtl, Math.ceil(peers / PEERS_PER_TTL_SECOND)),
    discoverEveryMs: secondsBetween * 1000,
    churnPerSecond: Math.max(1, Math.round(peers / 50)),
    killAfterMs: seconds * 500
  }
}
