import { readFileSync } from 'node:fs'
import type { Cluster, Redis } from 'ioredis'
import type { NamespaceKeys } from './keys.ts'

/** First element of a script's answer where it is a code; the second is Redis's clock in ms. */
export const ScriptCode = {
  DONE: 1,
  TOO_LATE: -1,
  NEEDS_RESERVATION: -2,
  NEEDS_ADMISSION: -3,
  NAMESPACE_FULL: -4,
  TOO_MANY: -5,
  HELD_BY_ANOTHER: -6,
  NEEDS_RENEWAL: -7,
  PREFIX_FULL: -8
} as const

export type ScriptAnswer = [code: number, redisMs: number]

/** As `TIME` answers it, in digits. */
export type ServerTime = [seconds: string | Buffer, microseconds: string | Buffer]

type Argument = string | number | Buffer

/** Our scripts as commands. Each takes its KEYS, then its ARGV. */
interface Scripts {
  rendezvousPut(...args: Argument[]): Promise<[...ScriptAnswer, sequenceOrUnpurged?: number]>
  rendezvousRemove(...args: Argument[]): Promise<[...ScriptAnswer, reservation: number]>
  rendezvousPurge(...args: Argument[]): Promise<[removed: number, redisMs: number]>
  rendezvousReserve(
    ...args: Argument[]
  ): Promise<[...ScriptAnswer, heldUntilMs: number, reservation: number, wasThere: number]>
  rendezvousRelease(...args: Argument[]): Promise<[released: number, redisMs: number]>
  rendezvousForget(...args: Argument[]): Promise<[forgotten: number, redisMs: number]>
  rendezvousAdmit(...args: Argument[]): Promise<[place: number, redisMs: number]>
  rendezvousAnnounce(...args: Argument[]): Promise<[...ScriptAnswer, json: string]>
  rendezvousTime(key: string): Promise<ServerTime>
  rendezvousPageBuffer(
    ...args: Argument[]
  ): Promise<[...ServerTime, cursor: Buffer, isLast: number, peers: Buffer, records: Buffer]>
  rendezvousChangesBuffer(
    ...args: Argument[]
  ): Promise<
    [...ServerTime, alive: number, changed: number, head: Buffer, peers: Buffer, records: Buffer]
  >
  rendezvousDrawBuffer(
    ...args: Argument[]
  ): Promise<[...ServerTime, alive: number, peers: Buffer, records: Buffer]>
}

/**
 * One server or a whole Redis Cluster, with our scripts: both have the same commands, and a Cluster
 * sends each to where its key is.
 */
export type ScriptedRedis = Redis & Scripts

/** Command name by script file; the number at the end of a file's name is its number of keys. */
export const SCRIPTS = {
  'put-8': 'rendezvousPut',
  'remove-8': 'rendezvousRemove',
  'purge-8': 'rendezvousPurge',
  'reserve-1': 'rendezvousReserve',
  'release-1': 'rendezvousRelease',
  'forget-2': 'rendezvousForget',
  'admit-1': 'rendezvousAdmit',
  'announce-1': 'rendezvousAnnounce',
  'time-1': 'rendezvousTime',
  'page-2': 'rendezvousPage',
  'draw-2': 'rendezvousDraw',
  'changes-3': 'rendezvousChanges'
} as const

/** The folder of the scripts, beside `src` and `dist` alike. */
const LUA_FOLDER = new URL('../../lua/', import.meta.url)

export function defineScripts(redis: Redis | Cluster): ScriptedRedis {
  for (const [file, command] of Object.entries(SCRIPTS)) {
    redis.defineCommand(command, {
      lua: readFileSync(new URL(`${file}.lua`, LUA_FOLDER), 'utf8'),
      numberOfKeys: Number(file.slice(file.lastIndexOf('-') + 1))
    })
  }

  return redis as ScriptedRedis
}

/** KEYS of the scripts of a namespace, in their order. */
export function scriptKeys(keys: NamespaceKeys): string[] {
  const { expiries, order, records, bucket, listed, prefixes } = keys

  return [expiries, order, records, bucket.namespaces, bucket.counts, bucket.due, listed, prefixes]
}
