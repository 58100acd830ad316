import { setTimeout as delay } from 'node:timers/promises'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { POINT_LIMITS_DEFAULT } from '@rendezvous-cluster/point'
import { COPIED_BYTES_MAX_DEFAULT } from '@rendezvous-cluster/stores'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { CONNECTION_LIMITS_DEFAULT } from '../../apps/front/src/connections/connection-limits.ts'
import { CROWDED_SHARE } from '../../apps/front/src/connections/connection-sweep.ts'
import { type WorstCaseMemory, worstCaseMemory } from '../../apps/front/src/worst-case-memory.ts'
import { varint } from '../conformance/protobuf.ts'
import { type FrontProcess, startFrontProcess } from '../interop/support/front-process.ts'
import { type ProcessMemory, readProcessMemory } from '../support/process-memory.ts'
import { firstMessage } from '../withstand/attacks/abandon-handshakes.ts'
import { createRawHost, type RawHost } from '../withstand/attacks/hostile-host.ts'
import { HELLO, hostileSocket, line } from '../withstand/attacks/hostile-socket.ts'
import type { RawMuxer } from '../withstand/attacks/raw-muxer.ts'
import { discoverOf, FULL_NAMESPACE } from '../withstand/attacks/requests.ts'
import { sourceAddress } from '../withstand/attacks/source-addresses.ts'
import { DISCOVER_RECORDS, fillNamespace } from '../withstand/fill-namespace.ts'

const { frameBytesMax, streamsPerConnection, unsentBytes, unreadBytes } = POINT_LIMITS_DEFAULT
const { pending } = CONNECTION_LIMITS_DEFAULT
const { waku } = DIALECTS

/** Peers that connect at the same time. */
const AT_A_TIME = 20

/** Of the bytes that may wait to be read: those that have them are ended beyond. */
const UNREAD_SHARE = 0.9

/** Longer than this takes. */
const LONG_SECONDS = '3600'

/** So many peers do not read, and ask for so much on each stream: together for more than may wait. */
const NOT_READING = { connections: 250, requestsPerStream: 3 }

/** It takes no more once it has taken as much for so long, in milliseconds. */
const SETTLED_MS = 3000

/** Of what it takes that makes a difference. */
const SETTLED_SHARE = 0.01

const NEGOTIATION = [line('/multistream/1.0.0'), line(waku.protocol)]

export interface FillInit {
  connections: number
  progress: (line: string) => void
}

/** What the node took once something had been added to what it held before. */
export interface Stage extends ProcessMemory {
  what: string
}

export interface FilledNode {
  connections: number
  stages: Stage[]
  worstCase: WorstCaseMemory
  /** What it has counted in the end. */
  counted: { connections: number; endedForUnsent: number; endedForUnread: number }
}

/** @throws Error if the node ends, or does not let in whom it should */
export async function fillNode({ connections, progress }: FillInit): Promise<FilledNode> {
  const front = await startFrontProcess({
    'max-connections': String(Math.ceil((connections + pending + AT_A_TIME) / CROWDED_SHARE)),
    // What is held for so long here is held again and again by those who come back.
    'frame-deadline': LONG_SECONDS,
    'idle-stream': LONG_SECONDS,
    'stalled-write': LONG_SECONDS,
    // Peers that do not read are as many as it takes.
    'peer-cost-burst': '10000000',
    'peer-bytes-burst': '1GiB',
    'log-level': 'error'
  })
  const ended = front.ended.then(({ code, signal }) => {
    throw new Error(`the node has ended: ${signal ?? code} ${front.stderr()}`)
  })

  try {
    return await Promise.race([new Filling(front, { connections, progress }).run(), ended])
  } finally {
    await front.kill()
  }
}

class Filling {
  readonly #front: FrontProcess
  readonly #point: Multiaddr
  readonly #init: FillInit
  readonly #stages: Stage[] = []

  constructor(front: FrontProcess, init: FillInit) {
    this.#front = front
    this.#point = multiaddr(front.point)
    this.#init = init
  }

  async run(): Promise<FilledNode> {
    const { connections } = this.#init

    await fillNamespace(this.#front.point, DISCOVER_RECORDS)
    await this.#stage('one namespace of 1,000 registrations')

    const muxers = await this.#connect()

    await this.#stage(`${connections} connections`)
    await this.#openStreams(muxers.slice(NOT_READING.connections))
    await this.#stage(`${streamsPerConnection} streams of each, with a part of a request`)
    await this.#leaveUnread(muxers.slice(0, NOT_READING.connections))
    await this.#stage('answers that are not read')
    await this.#beginHandshakes()
    await this.#stage(`${pending} handshakes`)

    return {
      connections,
      stages: this.#stages,
      worstCase: worstCaseMemory({
        connectionsMax: connections,
        streamsPerConnection,
        unsentBytes,
        unreadBytes,
        pending,
        copiedBytes: COPIED_BYTES_MAX_DEFAULT
      }),
      counted: {
        connections: await this.#front.metric('rendezvous_connections'),
        endedForUnsent: await this.#rejected('unsent-bytes'),
        endedForUnread: await this.#rejected('unread-bytes')
      }
    }
  }

  #rejected(reason: string): Promise<number> {
    return this.#front.metric(`rendezvous_rejected_total{reason="${reason}"}`)
  }

  async #connect(): Promise<RawMuxer[]> {
    const hosts = await Promise.all(
      Array.from({ length: AT_A_TIME }, (_, index) =>
        createRawHost(this.#point, sourceAddress(index))
      )
    )
    const muxers: RawMuxer[] = []

    await Promise.all(
      hosts.map(async (host: RawHost) => {
        while (muxers.length < this.#init.connections) {
          const { muxer } = await host.connect()

          muxers.push(muxer)
          this.#progress('connections', muxers.length)
        }
      })
    )

    return muxers
  }

  /** All begin a request; together as much of it as may wait to be read. */
  async #openStreams(muxers: readonly RawMuxer[]): Promise<void> {
    const streams = muxers.length * streamsPerConnection
    const bytes = Math.floor(Math.min(frameBytesMax - 1, (UNREAD_SHARE * unreadBytes) / streams))
    const part = Buffer.concat([varint(frameBytesMax), Buffer.alloc(bytes)])

    for (const [index, muxer] of muxers.entries()) {
      for (let stream = 0; stream < streamsPerConnection; stream++) {
        muxer.open(...NEGOTIATION, part)
      }

      if (index % AT_A_TIME === 0) {
        this.#progress('connections with streams', index)
        await delay(10)
      }
    }
  }

  async #leaveUnread(muxers: readonly RawMuxer[]): Promise<void> {
    const request = discoverOf(FULL_NAMESPACE, DISCOVER_RECORDS)
    const requests = Array.from({ length: NOT_READING.requestsPerStream }, () => request)

    for (const muxer of muxers) {
      muxer.stopReading()

      for (let stream = 0; stream < streamsPerConnection; stream++) {
        muxer.open(...NEGOTIATION, ...requests)
      }

      await delay(10)
    }
  }

  /** Half-way: the node has answered, and waits. */
  async #beginHandshakes(): Promise<void> {
    await Promise.all(
      Array.from({ length: pending }, async (_, index) => {
        const socket = await hostileSocket(this.#point, sourceAddress(index))

        socket.write(Buffer.concat([HELLO, firstMessage()]))
      })
    )
  }

  async #stage(what: string): Promise<void> {
    const stage = { what, ...(await this.#settled()) }

    this.#stages.push(stage)
    this.#init.progress(`${what}: ${(stage.peakBytes / 2 ** 20).toFixed(0)} MiB at most`)
  }

  async #settled(): Promise<ProcessMemory> {
    let before = await readProcessMemory(this.#front.pid)

    for (;;) {
      await delay(SETTLED_MS)

      const now = await readProcessMemory(this.#front.pid)

      if (now.residentBytes < before.residentBytes * (1 + SETTLED_SHARE)) {
        return now
      }

      before = now
    }
  }

  #progress(what: string, count: number): void {
    if (count > 0 && count % 1000 === 0) {
      this.#init.progress(`${count} ${what}`)
    }
  }
}
