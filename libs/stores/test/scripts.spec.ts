import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SCRIPTS } from '../src/redis/scripts.ts'

const folder = new URL('../lua/', import.meta.url)
const files = readdirSync(folder)

describe('Lua scripts', () => {
  it('are all defined as commands', () => {
    expect(files.sort()).toEqual(
      Object.keys(SCRIPTS)
        .map((name) => `${name}.lua`)
        .sort()
    )
  })

  describe.each(files)('%s', (file) => {
    const source = readFileSync(new URL(file, folder), 'utf8')
    const end = source.indexOf(']]')
    const header = source.slice(0, end)
    const body = source.slice(end)
    const keysInName = Number(/-(\d+)\.lua$/.exec(file)?.[1])

    it('begins with its contract', () => {
      for (const part of ['Purpose', 'KEYS', 'ARGV', 'Returns', 'Complexity']) {
        expect(header).toMatch(new RegExp(`^${part} `, 'm'))
      }
    })

    it('uses as many keys as its name and its header say', () => {
      if (!header.includes('does not touch it')) {
        expect(highest(body, /KEYS\[(\d+)\]/g)).toBe(keysInName)
      }

      expect(highest(section(header, 'KEYS'), /(?:^|[ ,])(\d+) [a-z]/gm)).toBe(keysInName)
    })

    it('uses as many arguments as its header says', () => {
      const inHeader = highest(section(header, 'ARGV'), /(?:^|[ ,])(\d+) [a-z]/gm)

      // A list of any length is walked by an index.
      expect(body.includes('#ARGV') || highest(body, /ARGV\[(\d+)\]/g) === inHeader).toBe(true)
    })

    it('takes the time from Redis alone', () => {
      expect(body).toContain("redis.call('TIME')")
    })
  })
})

function section(header: string, name: string): string {
  return new RegExp(`^${name} [\\s\\S]*?(?=^[A-Z][A-Za-z]+ )`, 'm').exec(header)?.[0] ?? ''
}

function highest(text: string, pattern: RegExp): number {
  return Math.max(0, ...[...text.matchAll(pattern)].map(([, number]) => Number(number)))
}
