import type { AbortOptions } from '@libp2p/interface'

/** A function, as V8's profiler tells of it. */
export interface CallFrame {
  functionName: string
  /** Of its file; empty for those that are not JavaScript. */
  url: string
}

/** As the Chrome DevTools Protocol has it: https://chromedevtools.github.io/devtools-protocol/v8/Profiler/ */
export interface CpuProfile {
  nodes: { id: number; callFrame: CallFrame }[]
  /** What was on top of the stack, and how long after the one before that was seen, in microseconds. */
  samples: number[]
  timeDeltas: number[]
}

interface Answer {
  id: number
  result: unknown
  error?: { message: string }
}

/** Takes profiles of the main thread of a process that was started with `--inspect=127.0.0.1:<port>`. */
export class ProfiledProcess {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #asked = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      const { id, result, error } = JSON.parse(String(data)) as Answer
      const waiting = this.#waiting.get(id)

      if (error == null) {
        waiting?.resolve(result)
      } else {
        waiting?.reject(new Error(error.message))
      }

      this.#waiting.delete(id)
    })
  }

  /** @throws Error where nothing can be inspected there */
  static async open(port: number, { signal }: AbortOptions = {}): Promise<ProfiledProcess> {
    const response = await fetch(`http://127.0.0.1:${port}/json/list`, { signal })
    const [target] = (await response.json()) as { webSocketDebuggerUrl: string }[]

    if (target == null) {
      throw new Error(`nothing to inspect at port ${port}`)
    }

    const socket = new WebSocket(target.webSocketDebuggerUrl)
    const opened = Promise.withResolvers<void>()

    socket.addEventListener('open', () => opened.resolve())
    socket.addEventListener('error', () => opened.reject(new Error('the inspector hung up')))
    await opened.promise

    return new ProfiledProcess(socket)
  }

  /** @param everyUs - between two samples, in microseconds */
  async start(everyUs: number): Promise<void> {
    await this.#ask('Profiler.enable')
    await this.#ask('Profiler.setSamplingInterval', { interval: everyUs })
    await this.#ask('Profiler.start')
  }

  async stop(): Promise<CpuProfile> {
    const { profile } = (await this.#ask('Profiler.stop')) as { profile: CpuProfile }

    return profile
  }

  close(): void {
    this.#socket.close()
  }

  #ask(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#asked
    const waiting = Promise.withResolvers<unknown>()

    this.#waiting.set(id, waiting)
    this.#socket.send(JSON.stringify({ id, method, params }))

    return waiting.promise
  }
}
