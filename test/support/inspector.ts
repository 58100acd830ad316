import { setTimeout as delay } from 'node:timers/promises'

const ANSWER_WITHIN_MS = 20_000

const READY_WITHIN_MS = 5000
const READY_POLL_MS = 50

/** What a process holds, as far as it knows itself. */
export interface HeldByProcess {
  /** Of JavaScript objects, those that are garbage included. */
  heapBytes: number
  /** What keeps its event loop going, but for timers, which come and go with requests. */
  handles: number
}

const EXPRESSION = `({
  heapBytes: process.memoryUsage().heapUsed,
  handles: process.getActiveResourcesInfo()
    .filter((type) => type !== 'Timeout' && type !== 'Immediate').length
})`

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
  id?: number
  result?: unknown
  error?: { message: string }
}

/**
 * A connection to the inspector that Node has in it (`--inspect`): it collects garbage, takes profiles and looks into
 * the process from outside, so that the program under test needs no code for that.
 */
export class Inspector {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #requests = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => this.#onMessage(JSON.parse(String(data))))
    socket.addEventListener('close', () => this.#onClose())
  }

  /** @param port - of `--inspect`, on loopback */
  static async connect(port: number): Promise<Inspector> {
    const socket = new WebSocket(await debuggerUrl(port))
    const { promise, resolve, reject } = Promise.withResolvers<void>()

    socket.addEventListener('open', () => resolve())
    socket.addEventListener('error', () => reject(new Error('the inspector does not answer')))
    await promise

    return new Inspector(socket)
  }

  /** @throws Error if the process is gone or does not answer */
  async collectGarbage(): Promise<void> {
    await this.#ask('HeapProfiler.collectGarbage')
  }

  /** @throws Error if the process is gone or does not answer */
  async look(): Promise<HeldByProcess> {
    const { result } = await this.#ask<{ result?: { value?: HeldByProcess } }>('Runtime.evaluate', {
      expression: EXPRESSION,
      returnByValue: true
    })
    const value = result?.value

    if (value == null) {
      throw new Error('the inspector has returned no value')
    }

    return value
  }

  /**
   * Of the main thread.
   *
   * @param everyUs - between two samples, in microseconds
   * @throws Error if the process is gone or does not answer
   */
  async startProfile(everyUs: number): Promise<void> {
    await this.#ask('Profiler.enable')
    await this.#ask('Profiler.setSamplingInterval', { interval: everyUs })
    await this.#ask('Profiler.start')
  }

  /** @throws Error if the process is gone or does not answer */
  async stopProfile(): Promise<CpuProfile> {
    return (await this.#ask<{ profile: CpuProfile }>('Profiler.stop')).profile
  }

  close(): void {
    this.#socket.close()
  }

  async #ask<Result>(method: string, params: object = {}): Promise<Result> {
    const id = ++this.#requests
    const answer = Promise.withResolvers<unknown>()
    const timer = setTimeout(
      () => answer.reject(new Error(`no answer to ${method}`)),
      ANSWER_WITHIN_MS
    )

    this.#waiting.set(id, answer)
    this.#socket.send(JSON.stringify({ id, method, params }))

    try {
      return (await answer.promise) as Result
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(id)
    }
  }

  #onMessage(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id ?? 0)

    if (answer.error == null) {
      waiting?.resolve(answer.result)
    } else {
      waiting?.reject(new Error(answer.error.message))
    }
  }

  #onClose(): void {
    for (const { reject } of this.#waiting.values()) {
      reject(new Error('the process has ended'))
    }
  }
}

async function debuggerUrl(port: number): Promise<string> {
  const deadlineMs = performance.now() + READY_WITHIN_MS

  for (;;) {
    try {
      const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
        webSocketDebuggerUrl: string
      }[]

      return target?.webSocketDebuggerUrl ?? ''
    } catch (error) {
      if (performance.now() > deadlineMs) {
        throw error
      }

      await delay(READY_POLL_MS)
    }
  }
}
