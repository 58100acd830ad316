import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import type { RedisBinary } from './find-redis.ts'

const HOST = '127.0.0.1'
const CONFIG_FILE = 'redis.conf'
const READY_WITHIN_MS = 10_000
const READY_POLL_MS = 10
const START_ATTEMPTS_MAX = 5

/** What a data server and a Sentinel log once their ports are theirs. */
const LISTENS = /Ready to accept connections|Sentinel ID is/

/**
 * Below the ports that systems give to outgoing connections: while a killed server waits for its
 * restart, one of those would take its port, and a client that keeps trying would reach itself.
 */
const PORTS = { min: 10_240, max: 32_767 }

/** The one it is reached at, and further ones by the name of their option. */
type Ports = { port: number } & Record<string, number>

/** Paths of PEM files. */
export interface TlsFiles {
  cert: string
  key: string
  ca: string
}

export interface RedisServerInit {
  binary: RedisBinary
  /** Further arguments, such as `['--maxmemory', '1mb']`. They win over the ones set here. */
  args?: string[]
  /** The server then speaks nothing but TLS, without asking clients for a certificate. */
  tls?: TlsFiles
  /** Names of options that get a free port too, such as `cluster-port`. */
  furtherPorts?: string[]
  /** Text of a configuration file. The server may rewrite the file, which is kept by `restart`. */
  config?: string
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
  /**
   * Starts an empty server on the same ports and in the same directory, after `kill` or instead of
   * the running one.
   */
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
    if (init.config !== undefined) {
      await writeFile(join(directory, CONFIG_FILE), init.config)
    }

    const { ports, server } = await startOnFreePorts(init, directory)
    return new LocalRedisServer(init, directory, ports, server)
  } catch (err) {
    await rm(directory, { recursive: true, force: true })
    throw err
  }
}

class LocalRedisServer implements RedisServer {
  readonly #init: RedisServerInit
  readonly #directory: string
  readonly #ports: Ports
  #server: ChildProcess

  constructor(init: RedisServerInit, directory: string, ports: Ports, server: ChildProcess) {
    this.#init = init
    this.#directory = directory
    this.#ports = ports
    this.#server = server
  }

  get port(): number {
    return this.#ports.port
  }

  get url(): string {
    return `${this.#init.tls === undefined ? 'redis' : 'rediss'}://${HOST}:${this.port}`
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

      // Until then this process has something to wait for.
      this.#server.ref()
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
    this.#server = await start(this.#init, this.#directory, this.#ports)
  }
}

/** Somebody else may take a port between its being found free and Redis listening on it. */
async function startOnFreePorts(init: RedisServerInit, directory: string) {
  for (let attempt = 1; ; attempt++) {
    const ports: Ports = { port: await findFreePort() }

    for (const name of init.furtherPorts ?? []) {
      ports[name] = await findFreePort()
    }

    try {
      return { ports, server: await start(init, directory, ports) }
    } catch (err) {
      if (attempt === START_ATTEMPTS_MAX || !String(err).includes('Address already in use')) {
        throw err
      }
    }
  }
}

async function start(init: RedisServerInit, directory: string, ports: Ports) {
  const { path, env } = init.binary
  const log = await open(join(directory, 'redis.log'), 'w')
  const config = init.config === undefined ? [] : [join(directory, CONFIG_FILE)]
  const options = {
    ...(init.tls === undefined ? ports : { ...ports, ...tlsOptions(init.tls, ports.port) }),
    bind: HOST,
    dir: directory,
    save: '',
    appendonly: 'no',
    daemonize: 'no'
  }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
  const server = spawn(path, [...config, ...args, ...(init.args ?? [])], {
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

  const readLog = () => readFile(join(directory, 'redis.log'), 'utf8')

  // Another server that took the port a moment earlier would answer in this one's place.
  while (!LISTENS.test(await readLog()) || !(await answersPing(init, ports.port))) {
    if (!isRunning(server) || Date.now() > deadlineMs) {
      server.kill('SIGKILL')
      throw new Error(`Redis did not start: ${await readLog()}`)
    }

    await delay(READY_POLL_MS)
  }

  return server
}

function tlsOptions(files: TlsFiles, port: number) {
  return {
    port: 0,
    'tls-port': port,
    'tls-cert-file': files.cert,
    'tls-key-file': files.key,
    'tls-ca-cert-file': files.ca,
    'tls-auth-clients': 'no'
  }
}

/** False while it cannot be reached or still loads; a server that asks for a password is up. */
async function answersPing({ tls }: RedisServerInit, port: number): Promise<boolean> {
  const socket =
    tls === undefined
      ? connect(port, HOST)
      : connectTls({ port, host: HOST, rejectUnauthorized: false })

  // Also one after the first, which `once` hears.
  socket.on('error', () => {})

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

/** A loopback port that nobody listens on, and that no outgoing connection is given. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.min, PORTS.max + 1)
    const listener = createServer().listen(port, HOST)

    try {
      await once(listener, 'listening')
      listener.close()
      await once(listener, 'close')

      return port
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
        throw err
      }
    }
  }
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
