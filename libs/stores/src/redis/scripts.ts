import { readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'
import type { NamespaceKeys } from './keys.ts'

/** First element of every script's answer; the second is Redis's clock in milliseconds. */
export const ScriptCode = {
  DONE: 1,
  NOTHING: 0,
  TOO_LATE: -1
} as const

export type ScriptAnswer = [code: number, redisMs: number]

type Argument = string | number | Buffer

/** Redis with our scripts as commands. Each takes the five keys of a namespace, then its ARGV. */
export interface ScriptedRedis extends Redis {
  rendezvousPut(...args: Argument[]): Promise<ScriptAnswer>
  rendezvousRemove(...args: Argument[]): Promise<ScriptAnswer>
  rendezvousPurge(...args: Argument[]): Promise<ScriptAnswer>
}

/** Command name by script file; the number at the end of a file's name is its number of keys. */
export const SCRIPTS = {
  'put-5': 'rendezvousPut',
  'remove-5': 'rendezvousRemove',
  'purge-5': 'rendezvousPurge'
} as const

/** The folder of the scripts, beside `src` and `dist` alike. */
const LUA_FOLDER = new URL('../../lua/', import.meta.url)

export function defineScripts(redis: Redis): ScriptedRedis {
  for (const [file, command] of Object.entries(SCRIPTS)) {
    redis.defineCommand(command, {
      lua: readFileSync(new URL(`${file}.lua`, LUA_FOLDER), 'utf8'),
      numberOfKeys: Number(file.slice(file.lastIndexOf('-') + 1))
    })
  }

  return redis as ScriptedRedis
}

/** KEYS of every script, in their order. */
export function scriptKeys(keys: Omit<NamespaceKeys, 'identity'>): string[] {
  const { expiries, records, bucket } = keys

  return [expiries, records, bucket.namespaces, bucket.counts, bucket.due]
}
