import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { type FileCoverage, lineCoverage } from './line-coverage.ts'

const COMPILED = new URL('../../../libs/wire/dist/encode-frame.js', import.meta.url)

describe('lines that were executed', () => {
  let length: number

  beforeAll(async () => {
    length = (await readFile(COMPILED, 'utf8')).length
  })

  async function coverageOf(executed: Uint8Array): Promise<FileCoverage> {
    const files = await lineCoverage(new Map([[COMPILED.href, executed]]))

    return files.find(({ file }) => file === 'libs/wire/src/encode-frame.ts') as FileCoverage
  }

  it('are all of them where all was executed', async () => {
    const { lines, uncovered } = await coverageOf(new Uint8Array(length).fill(1))

    expect(lines).toBeGreaterThan(3)
    expect(uncovered).toEqual([])
  })

  it('are those of the source, by their numbers', async () => {
    const source = await readFile(
      new URL('../../../libs/wire/src/encode-frame.ts', import.meta.url),
      'utf8'
    )
    const compiled = await readFile(COMPILED, 'utf8')
    const executed = new Uint8Array(length).fill(1)
    const at = compiled.indexOf('encodeVarint(')

    executed.fill(0, at, compiled.indexOf('\n', at))

    expect((await coverageOf(executed)).uncovered).toEqual([
      source.split('\n').findIndex((line) => line.includes('encodeVarint(message')) + 1
    ])
  })

  it('are none of a file that was never loaded', async () => {
    const files = await lineCoverage(new Map())

    expect(files.length).toBeGreaterThan(25)
    expect(files.every(({ lines, uncovered }) => uncovered.length === lines)).toBe(true)
    expect(files.filter(({ file }) => file.includes('generated'))).toEqual([])
  })
})
