import { fileURLToPath } from 'node:url'
import { JsonProcess } from '../../../../test/interop/support/json-process.ts'
import type {
  Lasting,
  LoadLine,
  LoadRequest,
  LoadRun,
  Population,
  RunRequest,
  Target
} from './load-request.ts'

const PROCESS = fileURLToPath(new URL('load-process.ts', import.meta.url))

/** Many peers of one server, in a process of their own. */
export class LoadProcess {
  readonly #child: JsonProcess<LoadLine>
  readonly #lines: AsyncGenerator<LoadLine, void>

  private constructor(child: JsonProcess<LoadLine>) {
    this.#child = child
    this.#lines = child[Symbol.asyncIterator]()
  }

  /** @throws Error with what it said, if it does not start */
  static async start(target: Target, population: Population): Promise<LoadProcess> {
    const load = new LoadProcess(
      new JsonProcess(process.execPath, [
        PROCESS,
        `--target=${JSON.stringify(target)}`,
        `--population=${JSON.stringify(population)}`
      ])
    )

    await load.#answer('ready')

    return load
  }

  get pid(): number {
    return this.#child.pid
  }

  /** @returns how many registrations were made */
  async fill(how: Lasting): Promise<number> {
    return (await this.#ask({ do: 'fill', ...how }, 'filled')).registrations
  }

  /** Lets what `mixed` has refreshed last as long as the rest again. @returns how many registrations were made */
  async restore(how: Lasting): Promise<number> {
    return (await this.#ask({ do: 'restore', ...how }, 'filled')).registrations
  }

  run(request: RunRequest): Promise<LoadRun> {
    return this.#ask(request, 'ran')
  }

  /** @returns how many are open */
  async hold(connections: number): Promise<number> {
    return (await this.#ask({ do: 'hold', connections }, 'held')).connections
  }

  async release(): Promise<void> {
    await this.#ask({ do: 'release' }, 'released')
  }

  async stop(): Promise<void> {
    await this.#child.kill()
  }

  #ask<Event extends LoadLine['event']>(request: LoadRequest, event: Event) {
    this.#child.send(request)

    return this.#answer(event)
  }

  async #answer<Event extends LoadLine['event']>(
    event: Event
  ): Promise<Extract<LoadLine, { event: Event }>> {
    const { value: line } = await this.#lines.next()

    if (line?.event === event) {
      return line as Extract<LoadLine, { event: Event }>
    }

    throw new Error(
      line?.event === 'failed' ? line.message : `the load has ended: ${this.#child.stderr}`
    )
  }
}
