import type { Multiaddr } from '@multiformats/multiaddr'
import { abandonHandshakes } from './abandon-handshakes.ts'
import { askForThousands } from './ask-for-thousands.ts'
import { floodConnections } from './flood-connections.ts'
import { floodRequests } from './flood-requests.ts'
import { leaveStreamsUnused } from './leave-streams-unused.ts'
import { leaveUnread, readSlowly, trickle } from './leave-unread.ts'
import type { Pace } from './pace.ts'
import { fillNamespaces, lookIntoNamespaces } from './random-namespaces.ts'
import { resetStreams } from './reset-streams.ts'
import { sendOversized } from './send-oversized.ts'
import { stayIdle } from './stay-idle.ts'
import type { Tally } from './tally.ts'

export interface AttackContext {
  point: Multiaddr
  tally: Tally
  /** Waited for before each step: a connection, a stream or a request. */
  pace: Pace
  /** To be called once it is at its full strength. */
  onReady: () => void
}

export interface Attack {
  description: string
  /** Goes on for ever. */
  run(context: AttackContext): Promise<void>
}

export const ATTACKS = {
  'connection-flood': {
    description: 'connections from one address, as many as it gets',
    run: floodConnections
  },
  'idle-connections': {
    description: '5,000 connections that stop at TCP, noise, yamux and after, from 25 addresses',
    run: stayIdle
  },
  'one-peer': { description: 'one peer, 5,000 requests a second', run: floodRequests },
  'discover-1000': {
    description: '50 peers that ask for 1,000 registrations again and again',
    run: askForThousands
  },
  'never-read': { description: '50 peers that do not read their answers', run: leaveUnread },
  'byte-a-second': {
    description: '50 peers that take a byte a second of each answer',
    run: readSlowly
  },
  trickle: { description: '50 peers that take 16 bytes a second of each answer', run: trickle },
  'discover-namespaces': {
    description: 'DISCOVER of 10,000 random namespaces by 10 peers',
    run: lookIntoNamespaces
  },
  'register-namespaces': {
    description: 'REGISTER in 10,000 random namespaces by 10 peers',
    run: fillNamespaces
  },
  oversized: { description: 'envelopes and frames too big, by 10 peers', run: sendOversized },
  'unused-streams': {
    description: 'streams opened and never used, by 20 peers',
    run: leaveStreamsUnused
  },
  'reset-after-reply': {
    description: 'a stream for each request, reset after the reply, by 20 peers',
    run: resetStreams
  },
  'half-handshakes': {
    description: 'handshakes abandoned half-way, from 50 addresses',
    run: abandonHandshakes
  }
} as const satisfies Record<string, Attack>

export type AttackName = keyof typeof ATTACKS
