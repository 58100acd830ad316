/**
 * Well behaved peers, many in one process: started by `run-attack.ts`. At an even rate one of them
 * registers or discovers, on a stream that it keeps; once a second a new one comes, registers and
 * leaves. Prints a line of JSON per request, and goes on until it is ended.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { multiaddr } from '@multiformats/multiaddr'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { createTestPeer, type RawStream, type TestPeer } from '../support/test-peer.ts'
import type { PopulationLine, RequestKind } from './population-line.ts'

const PEERS = 50
const REQUESTS_PER_SECOND = 50

/** Between two peers that come and leave, in milliseconds. */
const NEWCOMER_MS = 1000

/** After so long a request is lost, in milliseconds: a node answers within three seconds. */
const LOST_AFTER_MS = 4000

const DISCOVER_LIMIT = 20n
const TTL_SECONDS = 20n

const { waku } = DIALECTS

const { values } = parseArgs({ options: { point: { type: 'string', default: '' } } })
const point = multiaddr(values.point)
const namespace = new TextEncoder().encode('/withstand/well-behaved')
const discover = waku.encodeRequest({ type: 'discover', namespace, limit: DISCOVER_LIMIT })

interface Member {
  peer: TestPeer
  register: Uint8Array
  stream: RawStream
}

const members: Member[] = []

for (let index = 0; index < PEERS; index++) {
  members.push(await join())
}

await Promise.all(members.map((member) => request(member, 'register')))
tell({ event: 'ready' })
void comeAndLeave()
await goOn()

async function join(): Promise<Member> {
  const peer = await createTestPeer()
  const signedPeerRecord = await peer.seal()
  const register = waku.encodeRequest({
    type: 'register',
    namespace,
    signedPeerRecord,
    ttl: TTL_SECONDS
  })

  return { peer, register, stream: await peer.open(point) }
}

async function goOn(): Promise<void> {
  const startedAtMs = performance.now()

  for (let sent = 0; ; sent++) {
    const dueAtMs = startedAtMs + (sent * 1000) / REQUESTS_PER_SECOND

    await delay(Math.max(0, dueAtMs - performance.now()))

    const kind = Math.floor(sent / PEERS) % 2 === 0 ? 'discover' : 'register'

    void timed(kind, () => request(members[sent % PEERS] as Member, kind))
  }
}

async function comeAndLeave(): Promise<void> {
  for (;;) {
    await delay(NEWCOMER_MS)
    await timed('connect and register', async () => {
      const member = await join()

      try {
        await request(member, 'register')
      } finally {
        await member.peer.stop()
      }
    })
  }
}

/** @throws Error unless it is answered OK */
async function request(member: Member, kind: 'register' | 'discover'): Promise<void> {
  member.stream.send(kind === 'register' ? member.register : discover)

  const answer = await member.stream.next()

  if (typeof answer === 'string') {
    // For the next one; this one is lost.
    member.stream = await member.peer.open(point)

    throw new Error(`its stream was ${answer}`)
  }

  if (answer.status !== 0) {
    throw new Error(`answered ${answer.status}`)
  }
}

async function timed(kind: RequestKind, run: () => Promise<void>): Promise<void> {
  const atMs = Date.now()
  const startedAtMs = performance.now()
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error('not answered')), LOST_AFTER_MS)
  let lost: string | undefined

  try {
    await Promise.race([run(), late.promise])
  } catch (error) {
    lost = (error as Error).message
  } finally {
    clearTimeout(timer)
  }

  tell({ event: 'request', kind, atMs, tookMs: performance.now() - startedAtMs, lost })
}

function tell(line: PopulationLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
