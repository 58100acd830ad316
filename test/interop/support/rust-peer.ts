import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { onDeathOfThisProcess } from '../../support/redis-server.ts'
import type { PeerProgram } from './peer-program.ts'

export interface RustRegistration {
  peerId: string
  addresses: string[]
  namespace: string
  ttl: number
}

export type RustRegisterAnswer =
  | { event: 'registered'; namespace: string; ttl: number }
  | { event: 'register-failed'; namespace: string; error: string }
  | { event: 'not-sent'; error: string }

export type RustDiscoverAnswer =
  | { event: 'discovered'; registrations: RustRegistration[]; cookie: string }
  | { event: 'discover-failed'; namespace?: string; error: string }
  | { event: 'not-sent'; error: string }

/** Whatever the program in `test/interop/rust-libp2p` prints; its README has the list. */
export interface RustLine {
  event: string
}

/** Seeds give keys, so that a test knows who is who; each client of a test needs its own. */
export type RustFlags = Record<string, number>

export interface RustRegister {
  namespace: string
  /** Seconds. */
  ttl?: number
  /** All that it is to be reached at from now on; absent: as before. */
  addresses?: string[]
}

export interface RustDiscover {
  /** Absent: all. */
  namespace?: string
  limit?: number
  /** As an answer had it, in hexadecimal digits. */
  cookie?: string
}

/** A running Rust peer, told what to do by lines of JSON. It ends with this process. */
export class RustProcess {
  /** What it has printed so far. */
  readonly lines: RustLine[] = []
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  #news = Promise.withResolvers<void>()
  #hasEnded = false
  #stderr = ''

  constructor({ file, args }: PeerProgram, role: 'client' | 'server', flags: RustFlags) {
    const options = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)])

    this.#child = spawn(file, [...args, role, ...options], { stdio: 'pipe' })
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#add(line))
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
    })
    this.#child.on('error', ({ message }) => this.#end(message))
    this.#child.on('close', () => this.#end(''))
    // It may have ended: whoever waits for an answer is told.
    this.#child.stdin.on('error', () => {})

    if (this.#child.pid != null) {
      const { pid } = this.#child

      this.#child.once('exit', onDeathOfThisProcess('kill -9 "$1"', [String(pid)]))
    }
  }

  /** The first of these events from a line on, past or to come. @throws Error when it has ended */
  async next<Line extends RustLine>(events: readonly Line['event'][], from = 0): Promise<Line> {
    for (let index = from; ; index++) {
      while (index >= this.lines.length) {
        if (this.#hasEnded) {
          throw new Error(`the Rust peer ended before ${events}:\n${this.#said()}`)
        }

        await this.#news.promise
      }

      const line = this.lines[index] as RustLine

      if (events.includes(line.event)) {
        return line as Line
      }
    }
  }

  /** Sends one command and waits for the answer; one at a time. */
  async ask<Line extends RustLine>(
    command: Record<string, unknown>,
    events: readonly Line['event'][]
  ): Promise<Line> {
    const from = this.lines.length

    this.#child.stdin.write(`${JSON.stringify(command)}\n`)

    return this.next(events, from)
  }

  /** Closes its standard input and waits until it has ended. */
  async kill(): Promise<void> {
    if (!this.#hasEnded) {
      const closed = once(this.#child, 'close')

      this.#child.stdin.end()
      await closed
    }
  }

  #add(line: string): void {
    this.lines.push(JSON.parse(line))
    this.#wake()
  }

  #end(problem: string): void {
    this.#stderr += problem
    this.#hasEnded = true
    this.#wake()
  }

  #wake(): void {
    this.#news.resolve()
    this.#news = Promise.withResolvers()
  }

  #said(): string {
    return `${this.lines.map((line) => JSON.stringify(line)).join('\n')}\n${this.#stderr}`.slice(
      -2000
    )
  }
}

/** A client of libp2p-rendezvous, connected to one or more points. */
export class RustClient {
  readonly peerId: string
  readonly #process: RustProcess

  private constructor(process: RustProcess, peerId: string) {
    this.#process = process
    this.peerId = peerId
  }

  /** @throws Error when a point can't be dialled */
  static async connect(process: RustProcess, points: readonly string[]): Promise<RustClient> {
    const { peerId } = await process.next<RustLine & { peerId: string }>(['started'])

    for (const point of points) {
      const line = await process.ask({ command: 'dial', point }, ['dialed', 'not-dialed'])

      if (line.event === 'not-dialed') {
        throw new Error(JSON.stringify(line))
      }
    }

    return new RustClient(process, peerId)
  }

  /** @param point - peer id of the one to ask */
  async register(point: string, registration: RustRegister): Promise<RustRegisterAnswer> {
    return this.#process.ask<RustRegisterAnswer>({ command: 'register', point, ...registration }, [
      'registered',
      'register-failed',
      'not-sent'
    ])
  }

  async discover(point: string, query: RustDiscover): Promise<RustDiscoverAnswer> {
    return this.#process.ask<RustDiscoverAnswer>({ command: 'discover', point, ...query }, [
      'discovered',
      'discover-failed',
      'not-sent'
    ])
  }

  /** As {@link discover}. @throws Error when it fails */
  async page(point: string, query: RustDiscover) {
    const answer = await this.discover(point, query)

    if (answer.event !== 'discovered') {
      throw new Error(`DISCOVER failed: ${JSON.stringify(answer)}`)
    }

    return answer
  }

  /** The crate does not tell when the point has read it. */
  async unregister(point: string, namespace: string): Promise<void> {
    await this.#process.ask({ command: 'unregister', point, namespace }, ['unregister-sent'])
  }
}
