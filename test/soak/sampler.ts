import { readdir, readlink } from 'node:fs/promises'
import { mean } from 'simple-statistics'
import type { FrontNodes } from '../chaos/front-nodes.ts'
import { pause } from '../chaos/pause.ts'
import { askRedisIfAlive } from '../support/ask-redis.ts'
import { Inspector } from '../support/inspector.ts'
import { readProcessMemory } from '../support/process-memory.ts'
import type { RedisTopology } from '../support/redis-topology.ts'

/** Counts are looked at so often for one sample, and so far apart: they go up and down all the time. */
const LOOKS = 5
const LOOK_MS = 1000

const NEVER = new AbortController().signal

/** What one front node holds. Counts are means. */
export interface NodeSample {
  /** Right after a full collection of garbage. */
  heapBytes: number
  rssBytes: number
  sockets: number
  handles: number
}

interface Look {
  atMs: number
  nodes: NodeSample[]
  /** Of all primaries; absent while one does not answer. */
  redisKeys?: number
}

export interface Sample extends Look {
  /** Nodes whose store does not answer, by their index. */
  withoutStore: number[]
}

/** Looks at front nodes and Redis from outside. Of Linux. */
export class Sampler {
  readonly #nodes: FrontNodes
  readonly #topology: RedisTopology
  readonly #inspectors: readonly Inspector[]

  private constructor(
    nodes: FrontNodes,
    topology: RedisTopology,
    inspectors: readonly Inspector[]
  ) {
    this.#nodes = nodes
    this.#topology = topology
    this.#inspectors = inspectors
  }

  /** @param inspectPorts - where the inspectors of the nodes listen, in their order */
  static async connect(
    nodes: FrontNodes,
    topology: RedisTopology,
    inspectPorts: readonly number[]
  ): Promise<Sampler> {
    const inspectors = await Promise.all(inspectPorts.map((port) => Inspector.connect(port)))

    return new Sampler(nodes, topology, inspectors)
  }

  /** Takes five seconds. @throws Error if a node is gone */
  async sample(): Promise<Sample> {
    const atMs = performance.now()
    const looks: Look[] = []

    for (let look = 0; look < LOOKS; look++) {
      await pause(atMs + look * LOOK_MS - performance.now(), NEVER)
      looks.push({ atMs, nodes: await this.#look(), redisKeys: await this.#redisKeys() })
    }

    const heaps = await this.#heapsAfterCollection()

    return {
      atMs,
      nodes: heaps.map((heapBytes, node) => ({
        heapBytes,
        rssBytes: meanOf(looks, ({ nodes }) => nodes[node]?.rssBytes) ?? 0,
        sockets: meanOf(looks, ({ nodes }) => nodes[node]?.sockets) ?? 0,
        handles: meanOf(looks, ({ nodes }) => nodes[node]?.handles) ?? 0
      })),
      redisKeys: meanOf(looks, ({ redisKeys }) => redisKeys),
      withoutStore: await this.#nodes.withoutStore()
    }
  }

  close(): void {
    for (const inspector of this.#inspectors) {
      inspector.close()
    }
  }

  #look(): Promise<NodeSample[]> {
    return Promise.all(
      this.#nodes.fronts.map(async ({ pid }, index) => {
        const [held, { residentBytes }, sockets] = await Promise.all([
          (this.#inspectors[index] as Inspector).look(),
          readProcessMemory(pid),
          countSockets(pid)
        ])

        return { ...held, rssBytes: residentBytes, sockets }
      })
    )
  }

  /** One after the other: it stops a node, and they share what cores there are. */
  async #heapsAfterCollection(): Promise<number[]> {
    const heaps: number[] = []

    for (const inspector of this.#inspectors) {
      await inspector.collectGarbage()
      heaps.push((await inspector.look()).heapBytes)
    }

    return heaps
  }

  async #redisKeys(): Promise<number | undefined> {
    const primaries = await this.#topology.primaries()
    const sizes = await Promise.all(primaries.map((primary) => askRedisIfAlive(primary, 'DBSIZE')))
    const isWhole = sizes.length > 0 && sizes.every((size) => size != null)

    return isWhole ? sizes.reduce<number>((sum, size) => sum + Number(size), 0) : undefined
  }
}

/** `undefined` where one of them is unknown. */
function meanOf(
  looks: readonly Look[],
  read: (look: Look) => number | undefined
): number | undefined {
  const values = looks.map(read).filter((value) => value != null)

  return values.length < looks.length ? undefined : mean(values)
}

async function countSockets(pid: number): Promise<number> {
  const directory = `/proc/${pid}/fd`
  const targets = await Promise.all(
    (await readdir(directory)).map((fd) =>
      // It may have been closed since.
      readlink(`${directory}/${fd}`).catch(() => '')
    )
  )

  return targets.filter((target) => target.startsWith('socket:')).length
}
