import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { onDeathOfThisProcess } from '../../support/redis-server.ts'

export interface ProcessEnd {
  /** Absent if a signal ended it. */
  code?: number
  signal?: NodeJS.Signals
}

/**
 * A program that prints one JSON value per line. Its lines are kept, so that nobody has to listen
 * in time. It ends with this process, even if this process is killed.
 */
export class JsonProcess<Line> {
  /** What it has printed so far. */
  readonly lines: Line[] = []
  /** Resolves when it has ended and everything it printed is in `lines`. */
  readonly ended: Promise<ProcessEnd>
  readonly #command: string
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  #end?: ProcessEnd
  #news = Promise.withResolvers<void>()
  #stderr = ''

  constructor(file: string, args: readonly string[]) {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    const stdout = createInterface({ input: child.stdout })

    this.#command = [file, ...args].join(' ')
    this.#child = child
    this.ended = this.#untilEnd()
    stdout.on('line', (line) => this.#add(line))
    // A program may end before it has read everything: `ended` tells.
    child.stdin.on('error', () => {})
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
    })

    if (child.pid != null) {
      child.once('exit', onDeathOfThisProcess('kill -9 "$1"', [String(child.pid)]))
    }
  }

  get stderr(): string {
    return this.#stderr
  }

  /** Of a process that could be started. */
  get pid(): number {
    return this.#child.pid as number
  }

  get isRunning(): boolean {
    return this.#end == null
  }

  /** All lines from the first one on, and those to come until the program ends. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Line, void> {
    for (let index = 0; ; index++) {
      while (index >= this.lines.length) {
        if (this.#end != null) {
          return
        }

        await this.#news.promise
      }

      yield this.lines[index] as Line
    }
  }

  /**
   * The first line that matches, past or to come.
   *
   * @throws Error with what the program said if it ends without one
   */
  async first<Match extends Line>(matches: (line: Line) => line is Match): Promise<Match> {
    for await (const line of this) {
      if (matches(line)) {
        return line
      }
    }

    throw this.#error('ended before it printed what was waited for')
  }

  /**
   * All lines, once it is done.
   *
   * @throws Error with what the program said unless its exit code is 0
   */
  async done(): Promise<Line[]> {
    const { code } = await this.ended

    if (code !== 0) {
      throw this.#error('failed')
    }

    return this.lines
  }

  /** Gives it a line of JSON to read. */
  send(value: unknown): void {
    this.#child.stdin.write(`${JSON.stringify(value)}\n`)
  }

  /** Ends it, by default as a crash would. Further calls do nothing. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<ProcessEnd> {
    if (this.isRunning) {
      this.#child.kill(signal)
    }

    return this.ended
  }

  async #untilEnd(): Promise<ProcessEnd> {
    try {
      const [code, signal] = await once(this.#child, 'close')

      this.#end = { code: code ?? undefined, signal: signal ?? undefined }
    } catch (error) {
      // There is no such program.
      this.#stderr += (error as Error).message
      this.#end = {}
    }

    this.#news.resolve()

    return this.#end
  }

  #add(line: string): void {
    this.lines.push(JSON.parse(line))
    this.#news.resolve()
    this.#news = Promise.withResolvers()
  }

  #error(problem: string): Error {
    const { code, signal } = this.#end ?? {}
    const said = `${this.lines.map((line) => JSON.stringify(line)).join('\n')}\n${this.#stderr}`

    return new Error(
      `${this.#command} ${problem} (exit code ${code}, signal ${signal}):\n${said.slice(-2000)}`
    )
  }
}
