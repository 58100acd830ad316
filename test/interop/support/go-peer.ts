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

/** Something failed that the program goes on after. */
export interface Failed {
  event: 'error'
  message: string
}

/** What the program in `test/interop/go-waku` prints; its README has the list. */
export type GoLine = Advertised | Found | RegisterResponse | DiscoverResponse | Failed

export type GoPeer = JsonProcess<GoLine>

export type GoSubcommand = 'advertise' | 'find' | 'register' | 'discover'

/** Flags without their dashes; `true` for those without a value. */
export type GoFlags = Record<string, string | number | true>

export function startGoPeer(path: string, subcommand: GoSubcommand, flags: GoFlags): GoPeer {
  const args = Object.entries(flags).map(([name, value]) =>
    value === true ? `--${name}` : `--${name}=${value}`
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

export function isFailed(line: GoLine): line is Failed {
  return line.event === 'error'
}

/** Whether an answer of `find` has this peer. */
export function holds(found: Found, peerId: string): boolean {
  return found.peers.some((peer) => peer.peerId === peerId)
}
