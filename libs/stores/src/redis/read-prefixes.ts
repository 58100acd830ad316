import type { ScriptedRedis } from './scripts.ts'

/** Prefixes asked for in one command, so that Redis is never held for long. */
const PREFIXES_PER_COMMAND = 1000

/** The IP prefixes that peers count in, in their order; `undefined` where none is known. */
export async function readPrefixes(
  redis: ScriptedRedis,
  prefixesKey: string,
  peers: Buffer[]
): Promise<(number | undefined)[]> {
  const pages: Promise<(string | null)[]>[] = []

  for (let start = 0; start < peers.length; start += PREFIXES_PER_COMMAND) {
    pages.push(redis.zmscore(prefixesKey, ...peers.slice(start, start + PREFIXES_PER_COMMAND)))
  }

  return (await Promise.all(pages))
    .flat()
    .map((prefix) => (prefix == null ? undefined : Number(prefix)))
}
