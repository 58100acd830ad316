import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  addToCorpus,
  CORPUS_DIRECTORY,
  readCorpus,
  readInputs,
  saveFinding,
  targetOf
} from './corpus-files.ts'
import { likenessOf } from './finding.ts'
import { TARGETS } from './targets/index.ts'

describe('the corpus', () => {
  let directory: string

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fuzz-corpus-'))
  })

  afterEach(async () => {
    await rm(directory, { recursive: true })
  })

  it('holds what was added, empty inputs too', async () => {
    const inputs = [new Uint8Array(), Uint8Array.of(1, 2), new Uint8Array()]

    await addToCorpus(directory, 'target', inputs)

    expect(await readCorpus(directory, 'target')).toEqual(inputs)
  })

  it('holds what was found, from then on', async () => {
    const input = Uint8Array.of(0xab)
    const file = await saveFinding(directory, {
      kind: 'crash',
      target: 'target',
      input,
      message: 'Error: one\n    at line'
    })

    expect(await readCorpus(directory, 'target')).toEqual([input])
    expect(await readInputs(file)).toEqual([input])
    expect(targetOf(file)).toBe('target')
  })

  it('of another target is another one, also where its name begins alike', async () => {
    await addToCorpus(directory, 'target-two', [Uint8Array.of(1)])

    expect(await readCorpus(directory, 'target')).toEqual([])
  })

  it('that is checked in belongs to targets that there are', async () => {
    const files = (await readdir(CORPUS_DIRECTORY)).filter((file) => file.endsWith('.hex'))
    const names = TARGETS.map(({ name }) => name)

    expect(files.map(targetOf).filter((target) => !names.includes(target))).toEqual([])
  })
})

describe('findings look alike', () => {
  const finding = { kind: 'difference', target: 'target', input: new Uint8Array() } as const

  it('where they differ in numbers and bytes only', () => {
    expect(likenessOf({ ...finding, message: 'limit 12, bytes 0aff' })).toBe(
      likenessOf({ ...finding, message: 'limit 7, bytes 1b' })
    )
  })

  it('not where they say something else, or of something else', () => {
    const likeness = likenessOf({ ...finding, message: 'ours: refused' })

    expect(likenessOf({ ...finding, message: 'theirs: refused' })).not.toBe(likeness)
    expect(likenessOf({ ...finding, target: 'other', message: 'ours: refused' })).not.toBe(likeness)
  })
})
