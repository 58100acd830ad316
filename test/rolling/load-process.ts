/**
 * Peers with our client, many in one process: a part of the load of `rolling.ts`, which starts it.
 * Prints an event per line of JSON, and goes on until it is ended.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { rendezvousClient } from '@rendezvous-cluster/client'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { createLibp2p } from 'libp2p'
import { rememberSignatures } from '../../apps/cli/src/demo/remember-signatures.ts'
import type { LoadEvent } from './load-event.ts'
import { RequestWatch } from './request-watch.ts'

/** Peers that start at a time. */
const STARTING_MAX = 4

/** How many peers each DISCOVER is for. */
const DISCOVER_LIMIT = 2

/** How often requests are looked at that wait, and counted that have ended, in milliseconds. */
const TALLY_MS = 250

/** Less is nothing to speak of, in milliseconds. */
const STALL_MS_MIN = 100

const PACE_MS = 20

const PROTOCOLS = Object.values(DIALECTS).map(({ protocol }) => protocol)

const { values } = parseArgs({
  options: {
    point: { type: 'string', multiple: true, default: [] },
    namespace: { type: 'string', default: '' },
    peers: { type: 'string', default: '1' },
    'first-port': { type: 'string', default: '10000' },
    'ttl-seconds': { type: 'string', default: '20' },
    'discoveries-per-second': { type: 'string', default: '0' },
    'unanswered-after-ms': { type: 'string', default: '4000' }
  }
})

/** Peers of real life have a core each. */
const verifySignature = rememberSignatures((publicKey, message, signature) =>
  publicKey.verify(message, signature)
)

type Peer = Awaited<ReturnType<typeof startPeer>>

const tally = { answered: 0, closed: 0 }
const watches: RequestWatch[] = []

let tickedAtMs = performance.now()

setInterval(() => {
  const tookMs = performance.now() - tickedAtMs - TALLY_MS

  tickedAtMs += tookMs + TALLY_MS

  for (const watch of watches) {
    watch.check()
  }

  if (tookMs > STALL_MS_MIN) {
    tell({ event: 'stall', tookMs, atMs: Date.now() })
  }

  tell({ event: 'requests', kind: 'ours', ...tally, atMs: Date.now() })
  tally.answered = 0
  tally.closed = 0
}, TALLY_MS)

await discover(await startPeers())

async function startPeers(): Promise<Peer[]> {
  const peers: Peer[] = []
  const ports = Array.from(
    { length: Number(values.peers) },
    (_, index) => Number(values['first-port']) + index
  )

  await Promise.all(
    Array.from({ length: STARTING_MAX }, async () => {
      for (let port = ports.shift(); port != null; port = ports.shift()) {
        peers.push(await startPeer(port))
      }
    })
  )

  return peers
}

/** @param onEnd - told of each request and how long it took */
function watchRequests(onEnd: (tookMs: number) => void): RequestWatch {
  const watch = new RequestWatch({
    protocols: PROTOCOLS,
    unansweredAfterMs: Number(values['unanswered-after-ms']),
    onEnd: (outcome, tookMs) => {
      onEnd(tookMs)

      if (outcome === 'unanswered') {
        tell({ event: 'unanswered', kind: 'ours', tookMs, atMs: Date.now() })
      } else {
        tally[outcome]++
      }
    },
    now: () => performance.now()
  })

  watches.push(watch)

  return watch
}

/** Registered once this resolves, and kept so by the client. */
async function startPeer(port: number) {
  const node = await createLibp2p({
    addresses: { listen: [] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    // It asks for nothing of ours, and costs more than all else where so many peers share a core.
    connectionMonitor: { enabled: false },
    start: false,
    services: {
      identify: identify(),
      rendezvous: rendezvousClient({
        points: values.point,
        ttlSeconds: Number(values['ttl-seconds']),
        verifySignature,
        // Nobody listens there: only who is registered counts.
        addresses: () => [multiaddr(`/ip4/127.0.0.1/tcp/${port}`)]
      })
    }
  })
  const peerId = node.peerId.toString()
  const { rendezvous } = node.services

  // Of those since the last registration: it was one of them, sent no longer ago.
  let slowestMs = 0

  watchRequests((tookMs) => {
    slowestMs = Math.max(slowestMs, tookMs)
  }).watch(node)
  tellOfConnections(node)
  rendezvous.addEventListener('registration:change', ({ detail: { state } }) => {
    const atMs = Date.now()

    if (state.status === 'active') {
      const { ttlSeconds } = state
      const sentAtMs = atMs - slowestMs

      slowestMs = 0
      tell({ event: 'acknowledged', kind: 'ours', peerId, ttlSeconds, sentAtMs, atMs })
    } else if (state.status === 'failing') {
      const reason = state.error.message

      tell({ event: 'register-failed', kind: 'ours', peerId, reason, atMs })
    }
  })
  await node.start()
  await rendezvous.register(values.namespace)

  return node
}

function tellOfConnections(
  node: Pick<Awaited<ReturnType<typeof createLibp2p>>, 'addEventListener'>
) {
  for (const [name, what] of [
    ['connection:open', 'opened'],
    ['connection:close', 'closed']
  ] as const) {
    node.addEventListener(name, ({ detail: { remotePeer } }) => {
      const point = remotePeer.toString()

      tell({ event: 'connection', kind: 'ours', what, point, atMs: Date.now() })
    })
  }
}

/** At an even rate, each by another peer, whether those before are done or not. */
async function discover(peers: readonly Peer[]): Promise<void> {
  const perMs = Number(values['discoveries-per-second']) / 1000
  const startedAtMs = performance.now()

  for (let sent = 0; ; ) {
    const due = (performance.now() - startedAtMs) * perMs

    for (; sent < due; sent++) {
      void discoverOnce(peers[sent % peers.length] as Peer)
    }

    await delay(PACE_MS)
  }
}

async function discoverOnce({ services: { rendezvous } }: Peer): Promise<void> {
  const atMs = Date.now()
  const sentAtMs = performance.now()
  let found = 0
  let reason: string | undefined

  try {
    for await (const _peer of rendezvous.discover(values.namespace, { limit: DISCOVER_LIMIT })) {
      found++
    }

    // All others are registered.
    reason = found === 0 ? 'found nobody' : undefined
  } catch (error) {
    reason = (error as Error).message
  }

  tell({ event: 'discovered', tookMs: performance.now() - sentAtMs, reason, atMs })
}

function tell(event: LoadEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}
