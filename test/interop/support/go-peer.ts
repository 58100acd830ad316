import { JsonProcess } from './json-process.ts'

/** A registration was granted; `atMs` is the time of the answer. */
export interface Advertised {
  event: 'advertised'
  peerId: string
  multiaddrs: string[]
  ttlSeconds: number
  atMs: number
}

/** One answer to `find`, of which only verified records are told. */
export interface Found {
  event: 'found'
  peers: { peerId: string; multiaddrs: string[] }[]
  elapsedMs: number
  atMs: number
}

export interface RegisterResponse {
  event: 'register-response'
  peerId: string
  status: number
  statusText: string
  ttl: number
}

export interface DiscoverResponse {
  event: 'discover-response'
  status: number
  statusText: string
  registrations: {
    namespace: string
    peerId: string
    multiaddrs: string[]
    ttl: number
    /** Whether signature, domain, payload type and subject are right. */
    valid: boolean
  }[]
}

/** `pubsub` has subscribed to its topic. */
export interface Subscribed {
  event: 'subscribed'
  peerId: string
  multiaddrs: string[]
}

/** What somebody else has published. */
export interface Received {
  event: 'message'
  from: string
  data: string
}

/** Who else is in the topic, printed whenever that has changed; nobody at first. */
export interface TopicPeers {
  event: 'peers'
  topicPeers: string[]
}

/** Something failed that the program goes on after. */
export interface Failed {
  event: 'error'
  message: string
}

/** A peer of `crowd` was granted a registration. */
export interface CrowdAdvertised {
  event: 'crowd-advertised'
  peerId: string
  ttlSeconds: number
  elapsedMs: number
  atMs: number
}

/** A peer of `crowd` was not, and tries again two minutes later. */
export interface AdvertiseFailed {
  event: 'advertise-failed'
  peerId: string
  message: string
  elapsedMs: number
  atMs: number
}

/** A peer of `crowd` has a connection to a point, or has lost it. */
export interface ConnectionLine {
  event: 'connection'
  peerId: string
  /** Peer id. */
  point: string
  what: 'opened' | 'closed'
  atMs: number
}

/** What the program in `test/interop/go-waku` prints; its README has the list. */
export type GoLine =
  | Advertised
  | Found
  | RegisterResponse
  | DiscoverResponse
  | Subscribed
  | Received
  | TopicPeers
  | CrowdAdvertised
  | AdvertiseFailed
  | ConnectionLine
  | Failed

export type GoPeer = JsonProcess<GoLine>

export type GoSubcommand = 'advertise' | 'crowd' | 'find' | 'register' | 'discover' | 'pubsub'

/** Flags without their dashes; `true` for those without a value, a list for those given often. */
export type GoFlags = Record<string, string | number | true | readonly string[]>

export function startGoPeer(path: string, subcommand: GoSubcommand, flags: GoFlags): GoPeer {
  const args = Object.entries(flags).flatMap(([name, value]) =>
    value === true ? `--${name}` : [value].flat().map((one) => `--${name}=${one}`)
  )

  return new JsonProcess<GoLine>(path, [subcommand, ...args])
}

export function isAdvertised(line: GoLine): line is Advertised {
  return line.event === 'advertised'
}

export function isFound(line: GoLine): line is Found {
  return line.event === 'found'
}

export function isRegisterResponse(line: GoLine): line is RegisterResponse {
  return line.event === 'register-response'
}

export function isDiscoverResponse(line: GoLine): line is DiscoverResponse {
  return line.event === 'discover-response'
}

export function isSubscribed(line: GoLine): line is Subscribed {
  return line.event === 'subscribed'
}

export function isReceived(line: GoLine): line is Received {
  return line.event === 'message'
}

export function isTopicPeers(line: GoLine): line is TopicPeers {
  return line.event === 'peers'
}

export function isCrowdAdvertised(line: GoLine): line is CrowdAdvertised {
  return line.event === 'crowd-advertised'
}

export function isAdvertiseFailed(line: GoLine): line is AdvertiseFailed {
  return line.event === 'advertise-failed'
}

export function isConnectionLine(line: GoLine): line is ConnectionLine {
  return line.event === 'connection'
}

export function isFailed(line: GoLine): line is Failed {
  return line.event === 'error'
}

/** Whether an answer of `find` has this peer. */
export function holds(found: Found, peerId: string): boolean {
  return found.peers.some((peer) => peer.peerId === peerId)
}

/**
 * Has a `pubsub` peer publish once. Go's gossipsub sends to its mesh alone, and draws it a second
 * or so after it has met a peer: a message before that is lost, without an error.
 */
export function publish(pubsub: GoPeer, data: string): void {
  pubsub.send({ do: 'publish', data })
}
