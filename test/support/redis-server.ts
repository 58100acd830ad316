import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { RedisBinary } from './find-redis.ts'

const HOST = '127.0.0.1'
const READY_WITHIN_MS = 10_000
const READY_POLL_MS = 10
const START_ATTEMPTS_MAX = 5

export interface RedisServerInit {
  binary: RedisBinary
  /** Further arguments, such as `['--maxmemory', '1mb']`. They win over the ones set here. */
  args?: string[]
}

export interface RedisServer {
  readonly url: string
  readonly port: number
  /** Changes with every `restart`. */
  readonly pid: number
  /** Ends the server, suspended or not, and removes its directory. Further calls do nothing. */
  stop(): Promise<void>
  /** Ends the server, by default as a crash would, and keeps its port for `restart`. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** The server hangs: connections stay open and new ones are accepted, but nobody is answered. */
  suspend(): void
  resume(): void
  /** Starts an empty server on the same port, after `kill` or instead of the running one. */
  restart(): Promise<void>
}

/**
 * Starts a Redis server without persistence on a free loopback port, and waits until it answers.
 * It ends with this process, even if this process is killed.
 *
 * @throws Error with the server's own output if it does not start
 */
export async function startRedisServer(init: RedisServerInit): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), 'rendezvous-redis-'))

  try {
    const { port, server } = await startOnFreePort(init, directory)
    return new LocalRedisServer(init, directory, port, server)
  } catch (err) {
    await rm(directory, { recursive: true, force: true })
    throw err
  }
}

class LocalRedisServer implements RedisServer {
  readonly #init: RedisServerInit
  readonly #directory: string
  readonly port: number
  #server: ChildProcess

  constructor(init: RedisServerInit, directory: string, port: number, server: ChildProcess) {
    this.#init = init
    this.#directory = directory
    this.port = port
    this.#server = server
  }

  get url(): string {
    return `redis://${HOST}:${this.port}`
  }

  get pid(): number {
    return this.#server.pid ?? 0
  }

  async stop(): Promise<void> {
    await this.kill()
    await rm(this.#directory, { recursive: true, force: true })
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (isRunning(this.#server)) {
      const exited = once(this.#server, 'exit')

      this.#server.kill(signal)
      await exited
    }
  }

  suspend(): void {
    this.#server.kill('SIGSTOP')
  }

  resume(): void {
    this.#server.kill('SIGCONT')
  }

  async restart(): Promise<void> {
    await this.kill()
    this.#server = await start(this.#init, this.#directory, this.port)
  }
}

/** Somebody else may take a port between its being found free and Redis listening on it. */
async function startOnFreePort(init: RedisServerInit, directory: string) {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort()

    try {
      return { port, server: await start(init, directory, port) }
    } catch (err) {
      if (attempt === START_ATTEMPTS_MAX || !String(err).includes('Address already in use')) {
        throw err
      }
    }
  }
}

async function start(init: RedisServerInit, directory: string, port: number) {
  const { path, env } = init.binary
  const log = await open(join(directory, 'redis.log'), 'w')
  const options = { port, bind: HOST, dir: directory, save: '', appendonly: 'no', daemonize: 'no' }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
  const server = spawn(path, [...args, ...(init.args ?? [])], {
    env: { ...process.env, ...env },
    stdio: ['ignore', log.fd, log.fd]
  })

  await once(server, 'spawn').finally(() => log.close())
  server.unref()
  server.once(
    'exit',
    onDeathOfThisProcess('kill -9 "$1"; rm -rf "$2"', [String(server.pid), directory])
  )

  const deadlineMs = Date.now() + READY_WITHIN_MS

  while (!(await answersPing(port))) {
    if (!isRunning(server) || Date.now() > deadlineMs) {
      server.kill('SIGKILL')
      throw new Error(
        `Redis did not start: ${await readFile(join(directory, 'redis.log'), 'utf8')}`
      )
    }

    await delay(READY_POLL_MS)
  }

  return server
}

/** False while it cannot be reached or still loads; a server that asks for a password is up. */
async function answersPing(port: number): Promise<boolean> {
  const socket = connect(port, HOST)

  try {
    socket.setTimeout(1000, () => socket.destroy())
    socket.write('PING\r\n')
    const [answer] = await once(socket, 'data', { signal: AbortSignal.timeout(1000) })
    return /^(\+PONG|-NOAUTH)/.test(String(answer))
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function findFreePort(): Promise<number> {
  const listener = createServer().listen(0, HOST)

  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  listener.close()
  await once(listener, 'close')

  return port
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}

/**
 * Runs a shell command once this process has ended in whatever way, SIGKILL included: a shell of
 * its own waits for the end of a pipe that only this process holds open.
 *
 * @returns call it when there is nothing to clean up any more
 */
export function onDeathOfThisProcess(command: string, args: string[]): () => void {
  const shell = spawn('sh', ['-c', `read -r _ || { ${command}; }`, 'sh', ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore']
  })

  shell.unref()
  ;(shell.stdin as Socket).unref()
  shell.stdin.on('error', () => {
    // The shell has been killed by somebody else: nothing is left to tell it.
  })

  return () => shell.stdin.end('done\n')
}
