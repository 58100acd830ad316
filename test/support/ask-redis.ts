import { Redis } from 'ioredis'
import { ServerConnector } from '../../libs/stores/src/redis/server-connector.ts'

/** Long enough for a machine that starts many servers at once. */
const ANSWER_WITHIN_MS = 5000

/** A server that takes longer hangs, as far as tests are concerned. */
const ALIVE_WITHIN_MS = 500

/** What one command is answered with. */
export type RedisAnswer = string | number | null | RedisAnswer[]

/** Anything with a `redis://` or `rediss://` address. */
export interface Askable {
  readonly url: string
}

/**
 * Sends one command over a connection of its own.
 *
 * @throws Error if the server refuses the command, is gone, or does not answer within 5 seconds
 */
export async function askRedis(
  server: Askable,
  command: string,
  ...args: (string | number)[]
): Promise<RedisAnswer> {
  return await ask(server.url, ANSWER_WITHIN_MS, [command, ...args])
}

/** As `askRedis`, with undefined for a server that is gone, hangs for half a second, or refuses. */
export async function askRedisIfAlive(
  server: Askable,
  command: string,
  ...args: (string | number)[]
): Promise<RedisAnswer | undefined> {
  return await ask(server.url, ALIVE_WITHIN_MS, [command, ...args]).catch(() => undefined)
}

async function ask(
  url: string,
  withinMs: number,
  [command, ...args]: [string, ...(string | number)[]]
): Promise<RedisAnswer> {
  const redis = new Redis(url, {
    Connector: ServerConnector,
    lazyConnect: true,
    connectTimeout: withinMs,
    commandTimeout: withinMs,
    retryStrategy: () => null,
    // Answers as arrays, and no handshake of its own that a hung server would hold up.
    protocol: 2,
    disconnectTimeout: 0,
    disableClientInfo: true,
    enableReadyCheck: false,
    // The certificates of tests are signed by nobody that this process knows.
    ...(url.startsWith('rediss:') ? { tls: { rejectUnauthorized: false } } : {})
  })

  redis.on('error', () => {
    // The command is rejected too.
  })

  try {
    await redis.connect()
    return (await redis.call(command, ...args)) as RedisAnswer
  } finally {
    redis.disconnect()
  }
}

/** Ports of the replicas that are up to date with a primary. */
export async function portsOfReplicas(primary: Askable): Promise<number[]> {
  const role = await askRedis(primary, 'ROLE')
  const replicas = Array.isArray(role) && role[0] === 'master' ? role[2] : []

  return (replicas as RedisAnswer[][]).map(([, port]) => Number(port))
}

/** Answers that list names and values by turns, such as SENTINEL MASTER's. */
export function pairsOf(answer: RedisAnswer | undefined): Map<string, string> {
  const items = Array.isArray(answer) ? answer.map(String) : []

  return new Map(
    items.flatMap((name, index): [string, string][] =>
      index % 2 === 0 ? [[name, items[index + 1] ?? '']] : []
    )
  )
}
