import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onDeathOfThisProcess } from '../support/redis-server.ts'
import type { WorkerMessage, WorkerResult, WorkerTask } from './worker-messages.ts'

export interface RunWorkerOptions {
  /** A worker that says nothing for so long hangs, in milliseconds. */
  silentMs: number
  onMessage: (message: WorkerMessage) => void
  signal?: AbortSignal
}

/** How a worker ended. */
export type WorkerEnd =
  | { how: 'done'; result: WorkerResult }
  /** It was killed, for it hung. */
  | { how: 'hung' }
  /** It ended of itself, or somebody else ended it. */
  | { how: 'died'; message: string }

const WATCH_INTERVAL_MS = 100

/** More than a machine with other things to do takes to load all there is. */
const START_MS = 30_000

const STDERR_CHARACTERS_MAX = 2000

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url))

/**
 * Has a process of its own do something, to its end or until it hangs.
 *
 * @throws the signal's reason once it is aborted
 */
export async function runWorker(task: WorkerTask, options: RunWorkerOptions): Promise<WorkerEnd> {
  const { silentMs, onMessage, signal } = options
  const end = Promise.withResolvers<WorkerEnd>()
  const worker = fork(WORKER, {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc']
  })
  let silentUntilMs = performance.now() + START_MS
  let stderr = ''

  if (worker.pid != null) {
    worker.once('exit', onDeathOfThisProcess('kill -9 "$1"', [String(worker.pid)]))
  }

  worker.stderr?.on('data', (text: Buffer) => {
    stderr = (stderr + text).slice(-STDERR_CHARACTERS_MAX)
  })
  worker.on('message', (message: WorkerMessage) => {
    silentUntilMs = performance.now() + silentMs
    onMessage(message)

    if (message.type === 'done') {
      end.resolve({ how: 'done', result: message.result })
    } else if (message.type === 'failed') {
      end.reject(new Error(message.message))
    }
  })
  worker.on('error', end.reject)
  worker.on('close', (code, signal) =>
    end.resolve({ how: 'died', message: `the process ended with ${signal ?? code}: ${stderr}` })
  )
  worker.send(task)

  const watch = setInterval(() => {
    if (signal?.aborted === true) {
      end.reject(signal.reason)
    } else if (performance.now() > silentUntilMs) {
      end.resolve({ how: 'hung' })
    }
  }, WATCH_INTERVAL_MS)

  try {
    return await end.promise
  } finally {
    clearInterval(watch)
    worker.kill('SIGKILL')
  }
}
