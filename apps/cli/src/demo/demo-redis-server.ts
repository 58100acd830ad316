import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, constants } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename, delimiter, join } from 'node:path'
import type { AbortOptions } from '@libp2p/interface'
import { endChild, endWithThisProcess } from './end-with-this-process.ts'

const SERVER_NAMES = ['redis-server', 'valkey-server']

const HOST = '127.0.0.1'

const READY_WITHIN_MS = 10_000

const STOP_WITHIN_MS = 500

/** Somebody else may take a port between its being found free and the server's start. */
const START_ATTEMPTS_MAX = 3

export interface DemoRedisServer {
  /** URL. */
  url: string
  /** For people, such as `redis-server`. */
  name: string
  stop(): Promise<void>
}

/** Path of a Redis or Valkey server in PATH; nothing where there is none. */
export async function findRedisServer(path = process.env.PATH ?? ''): Promise<string | undefined> {
  for (const name of SERVER_NAMES) {
    for (const folder of path.split(delimiter).filter((folder) => folder !== '')) {
      const file = join(folder, name)
      const isThere = await access(file, constants.X_OK).then(
        () => true,
        () => false
      )

      if (isThere) {
        return file
      }
    }
  }

  return undefined
}

/**
 * Starts a server without persistence on a free loopback port, with `directory` for its own. It
 * ends with this process.
 *
 * @throws Error with what the server said last
 */
export async function startRedisServer(
  file: string,
  directory: string,
  { signal }: AbortOptions = {}
): Promise<DemoRedisServer> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort()

    try {
      const server = await start(file, directory, { port, signal })

      return {
        url: `redis://${HOST}:${port}`,
        name: basename(file),
        stop: () => endChild(server, STOP_WITHIN_MS)
      }
    } catch (error) {
      signal?.throwIfAborted()

      if (attempt === START_ATTEMPTS_MAX) {
        throw error
      }
    }
  }
}

async function start(
  file: string,
  directory: string,
  { port, signal }: AbortOptions & { port: number }
): Promise<ChildProcess> {
  const options = ['--port', String(port), '--bind', HOST, '--dir', directory]
  const inMemory = ['--save', '', '--appendonly', 'no', '--daemonize', 'no']
  const server = spawn(file, [...options, ...inMemory], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe']
  })

  await once(server, 'spawn')
  endWithThisProcess(server, directory)

  try {
    await isReady(server, signal)
  } catch (error) {
    await endChild(server, STOP_WITHIN_MS)

    throw new Error(`${basename(file)} did not start: ${(error as Error).message}`)
  }

  return server
}

async function isReady({ stdout, stderr }: ChildProcess, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timeout = AbortSignal.timeout(READY_WITHIN_MS)
  const stopped = AbortSignal.any(signal == null ? [timeout] : [timeout, signal])
  let output = ''

  function onData(chunk: Buffer): void {
    output += chunk

    if (output.includes('Ready to accept connections')) {
      resolve()
    }
  }

  stdout?.on('data', onData)
  stderr?.on('data', onData)
  stdout?.once('end', () => reject(new Error(output.trim().split('\n').at(-1))))
  stopped.addEventListener('abort', () => reject(stopped.reason), { once: true })
  await promise
  stdout?.off('data', onData).resume()
  stderr?.off('data', onData).resume()
}

async function findFreePort(): Promise<number> {
  const listener = createServer().listen(0, HOST)

  await once(listener, 'listening')

  const { port } = listener.address() as { port: number }

  listener.close()
  await once(listener, 'close')

  return port
}
