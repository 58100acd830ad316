import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FrontProcess, startFrontProcess } from '../interop/support/front-process.ts'
import { findFreePort, onDeathOfThisProcess } from '../support/redis-server.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'

export interface FrontNodesInit {
  count: number
  /** Of every one, such as `store`. */
  flags: Record<string, string>
  /** Of Node itself, for the node of this index. Default: none. */
  nodeArgs?: (index: number) => readonly string[]
  /** An end that nobody asked for, or one that was not in order. */
  onFailure: (problem: string) => void
}

interface Seat {
  flags: Record<string, string>
  front: FrontProcess
  /** Between honest peers and it. */
  proxy: FaultProxy
}

/** Front nodes as processes, each with a key and an address that it keeps when it is started again. */
export class FrontNodes {
  readonly #init: FrontNodesInit
  readonly #directory: string
  /** Keys are not left behind, whatever ends this process. */
  readonly #keepDirectory: () => void
  readonly #seats: Seat[] = []
  readonly #expected = new WeakSet<FrontProcess>()
  readonly #stopped = new AbortController()
  readonly #starting = new Set<Promise<FrontProcess>>()

  private constructor(init: FrontNodesInit, directory: string) {
    this.#init = init
    this.#directory = directory
    this.#keepDirectory = onDeathOfThisProcess('rm -rf "$1"', [directory])
  }

  static async start(init: FrontNodesInit): Promise<FrontNodes> {
    const nodes = new FrontNodes(init, await mkdtemp(join(tmpdir(), 'rendezvous-chaos-')))

    try {
      for (let index = 0; index < init.count; index++) {
        await nodes.#add(index)
      }
    } catch (error) {
      await nodes.stop()

      throw error
    }

    return nodes
  }

  get fronts(): readonly FrontProcess[] {
    return this.#seats.map(({ front }) => front)
  }

  /** Addresses of the nodes themselves. */
  get points(): string[] {
    return this.#seats.map(({ front }) => front.point)
  }

  /** The same by the way that honest peers take. */
  get proxiedPoints(): string[] {
    return this.#seats.map(({ front, proxy }) =>
      front.point.replace(/\/tcp\/\d+/, `/tcp/${proxy.port}`)
    )
  }

  /** Those whose store does not answer, by their index. Peers hardly notice one: they ask another node. */
  async withoutStore(): Promise<number[]> {
    const ups = await Promise.all(this.fronts.map((front) => front.metric('rendezvous_store_up')))

    return ups.flatMap((up, index) => (up === 1 ? [] : [index]))
  }

  proxyOf(index: number): FaultProxy {
    return this.#seat(index).proxy
  }

  /** Ends a node. By SIGTERM it has to do so in order. */
  async end(index: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { front } = this.#seat(index)

    this.#expected.add(front)

    const { code } = await front.kill(signal)

    if (signal === 'SIGTERM' && (code !== 0 || front.stderr() !== '')) {
      this.#init.onFailure(`node ${index} ended with ${code} after SIGTERM: ${front.stderr()}`)
    }

    this.#tellOfLog(index, front)
  }

  /** Starts it again once it was ended, and waits until it serves. */
  async restart(index: number): Promise<void> {
    const seat = this.#seat(index)

    seat.front = await this.#start(index, seat.flags)
  }

  /** As on a machine that does something else for a while. */
  suspend(index: number): void {
    process.kill(this.#seat(index).front.pid, 'SIGSTOP')
  }

  resume(index: number): void {
    process.kill(this.#seat(index).front.pid, 'SIGCONT')
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await Promise.allSettled(this.#starting)

    for (const [index, { front }] of this.#seats.entries()) {
      this.#tellOfLog(index, front)
      this.#expected.add(front)
    }

    await Promise.all(this.#seats.map(({ front }) => front.kill()))
    await Promise.all(this.#seats.map(({ proxy }) => proxy.stop()))
    await rm(this.#directory, { recursive: true, force: true })
    this.#keepDirectory()
  }

  async #add(index: number): Promise<void> {
    const port = await findFreePort()
    const flags = {
      ...this.#init.flags,
      listen: `/ip4/127.0.0.1/tcp/${port}`,
      'key-file': join(this.#directory, `node-${index}.key`)
    }

    this.#seats.push({
      flags,
      front: await this.#start(index, flags),
      proxy: await startFaultProxy(port)
    })
  }

  async #start(index: number, flags: Record<string, string>): Promise<FrontProcess> {
    const starting = startFrontProcess(flags, {
      nodeArgs: this.#init.nodeArgs?.(index),
      signal: this.#stopped.signal
    })

    this.#starting.add(starting)

    const front = await starting.finally(() => this.#starting.delete(starting))

    void front.ended.then(({ code, signal }) => {
      if (!this.#expected.has(front)) {
        const how = signal ?? `exit code ${code}`

        this.#init.onFailure(`node ${index} ended by itself (${how}): ${front.stderr()}`)
      }
    })

    return front
  }

  /** A promise that nobody waits for ends no node, and is a mistake all the same. */
  #tellOfLog(index: number, { log }: FrontProcess): void {
    for (const line of log.filter(({ msg }) => msg.includes('unhandled rejection'))) {
      this.#init.onFailure(`node ${index}: ${JSON.stringify(line)}`)
    }
  }

  #seat(index: number): Seat {
    return this.#seats[index] as Seat
  }
}
