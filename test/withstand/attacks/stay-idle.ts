import type { Multiaddr } from '@multiformats/multiaddr'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { firstMessage } from './abandon-handshakes.ts'
import type { Attack } from './attacks.ts'
import { createRawHost, type RawHost } from './hostile-host.ts'
import { ended, HELLO, hostileSocket, line } from './hostile-socket.ts'
import { repeat } from './repeat.ts'
import { sourceAddress } from './source-addresses.ts'

const SOURCES = 25

/** Of each of the four kinds from each address: 5,000 in all. */
const EACH = 50

/** How long it is waited until all are open that get in, in milliseconds. */
const READY_MS = 60_000

/** Opens a connection. */
type Open = () => Promise<{ ended: Promise<void> }>

/** Connections that go on to some point and then say nothing; those that are ended come back. */
export const stayIdle: Attack['run'] = async ({ point, tally, pace, onReady }) => {
  const hosts = await Promise.all(
    Array.from({ length: SOURCES }, (_, index) => createRawHost(point, sourceAddress(index)))
  )
  let openNow = 0

  setTimeout(onReady, READY_MS)

  async function stay(open: Open, what: string): Promise<void> {
    await repeat({ atATime: EACH, pace }, async () => {
      const connection = await open()

      tally.add(`${what} opened`)
      openNow++

      if (openNow === 4 * EACH * SOURCES) {
        onReady()
      }

      await connection.ended
      openNow--
    })
  }

  await Promise.all(
    hosts.flatMap((host, index) => [
      stay(() => atTcp(point, index), 'TCP'),
      stay(() => atNoise(point, index), 'noise'),
      stay(() => host.connect(), 'yamux'),
      stay(() => afterwards(host), 'streams')
    ])
  )
}

async function atTcp(point: Multiaddr, source: number): ReturnType<Open> {
  return { ended: ended(await hostileSocket(point, sourceAddress(source))) }
}

async function atNoise(point: Multiaddr, source: number): ReturnType<Open> {
  const socket = await hostileSocket(point, sourceAddress(source))

  socket.write(Buffer.concat([HELLO, firstMessage()]))

  return { ended: ended(socket) }
}

async function afterwards(host: RawHost): ReturnType<Open> {
  const connection = await host.connect()

  connection.muxer.open(line('/multistream/1.0.0'), line(DIALECTS.waku.protocol))

  return connection
}
