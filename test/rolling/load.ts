import { fileURLToPath } from 'node:url'
import {
  type GoPeer,
  isAdvertiseFailed,
  isConnectionLine,
  isCrowdAdvertised,
  startGoPeer
} from '../interop/support/go-peer.ts'
import { JsonProcess } from '../interop/support/json-process.ts'
import type { LoadEvent } from './load-event.ts'

const LOAD_PROCESS = fileURLToPath(new URL('load-process.ts', import.meta.url))

/** Ports that records name; nobody listens there. */
const FIRST_PORT = 20_000

export interface LoadInit {
  points: readonly string[]
  namespace: string
  /** With our client. */
  peers: number
  /** Over how many processes those are spread. */
  processes: number
  goPeers: number
  /** The Go program; needed for `goPeers`. */
  goPath?: string
  ttlSeconds: number
  discoveriesPerSecond: number
  unansweredAfterMs: number
  onEvent: (event: LoadEvent) => void
  /** A process has ended by itself. */
  onFailure: (error: Error) => void
}

/** Peers with our client and Go peers, in processes of their own. */
export class Load {
  readonly #processes: JsonProcess<unknown>[]
  #isStopped = false

  constructor(init: LoadInit) {
    this.#processes = [...startOurs(init, this.#tell(init)), ...startGo(init, this.#tell(init))]

    for (const process of this.#processes) {
      void process.ended.then(({ code, signal }) => {
        if (!this.#isStopped) {
          const how = signal ?? `exit code ${code}`

          init.onFailure(new Error(`a part of the load ended by ${how}: ${process.stderr}`))
        }
      })
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#processes.map((process) => process.kill()))
  }

  /** What comes while the load is being ended says nothing. */
  #tell({ onEvent }: LoadInit): (event: LoadEvent) => void {
    return (event) => {
      if (!this.#isStopped) {
        onEvent(event)
      }
    }
  }
}

function startOurs(init: LoadInit, tell: (event: LoadEvent) => void): JsonProcess<LoadEvent>[] {
  const { points, namespace, peers, processes, ttlSeconds, unansweredAfterMs } = init

  return Array.from({ length: processes }, (_, index) => {
    const flags = {
      namespace,
      peers: share(peers, processes, index),
      'first-port': FIRST_PORT + index * Math.ceil(peers / processes),
      'ttl-seconds': ttlSeconds,
      'discoveries-per-second': init.discoveriesPerSecond / processes,
      'unanswered-after-ms': unansweredAfterMs
    }
    const process_ = new JsonProcess<LoadEvent>(process.execPath, [
      LOAD_PROCESS,
      ...points.map((point) => `--point=${point}`),
      ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
    ])

    void forEachLine(process_, tell)

    return process_
  })
}

function startGo(init: LoadInit, tell: (event: LoadEvent) => void): GoPeer[] {
  const { goPath, goPeers, points, namespace, ttlSeconds } = init

  if (goPath == null || goPeers === 0) {
    return []
  }

  const flags = { point: points, namespace, ttl: ttlSeconds, count: goPeers }
  const go = startGoPeer(goPath, 'crowd', flags)

  void forEachLine(go, (line) => {
    for (const event of eventsOf(line, init.unansweredAfterMs)) {
      tell(event)
    }
  })

  return [go]
}

async function forEachLine<Line>(
  process: JsonProcess<Line>,
  take: (line: Line) => void
): Promise<void> {
  for await (const line of process) {
    take(line)
  }
}

/** Go peers tell of whole advertises: how long the answer took is seen from that. */
function eventsOf(line: GoPeer['lines'][number], unansweredAfterMs: number): LoadEvent[] {
  if (isConnectionLine(line)) {
    const { what, point, atMs } = line

    return [{ event: 'connection', kind: 'go', what, point, atMs }]
  }

  if (!isCrowdAdvertised(line) && !isAdvertiseFailed(line)) {
    return []
  }

  const { peerId, atMs, elapsedMs } = line
  const kind = 'go'
  const isLate = elapsedMs > unansweredAfterMs
  const [answered, closed] = isCrowdAdvertised(line) ? [1, 0] : [0, 1]
  const request: LoadEvent = isLate
    ? { event: 'unanswered', kind, tookMs: elapsedMs, atMs }
    : { event: 'requests', kind, answered, closed, atMs }
  const outcome: LoadEvent = isCrowdAdvertised(line)
    ? {
        event: 'acknowledged',
        kind,
        peerId,
        ttlSeconds: line.ttlSeconds,
        sentAtMs: atMs - elapsedMs,
        atMs
      }
    : { event: 'register-failed', kind, peerId, reason: line.message, atMs }

  return [request, outcome]
}

/** Of a whole, as even as can be. */
function share(whole: number, parts: number, index: number): number {
  return Math.floor((whole * (index + 1)) / parts) - Math.floor((whole * index) / parts)
}
