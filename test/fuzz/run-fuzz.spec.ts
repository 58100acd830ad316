import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addToCorpus } from './corpus-files.ts'
import { PLANTED } from './planted-targets.ts'
import { DOES_NOT_END, replayInput } from './replay-input.ts'
import { runFuzz } from './run-fuzz.ts'

const TIMEOUT_MS = 60_000

const targetsModule = new URL('planted-targets.ts', import.meta.url).href

/** A target that hangs is found out in so long, three times more. */
const silentMs = 1000

describe('what is planted is found', { timeout: TIMEOUT_MS }, () => {
  let corpusDirectory: string

  beforeEach(async () => {
    corpusDirectory = await mkdtemp(join(tmpdir(), 'fuzz-corpus-'))
  })

  afterEach(async () => {
    await rm(corpusDirectory, { recursive: true })
  })

  const fuzz = (...targets: string[]) =>
    runFuzz({ targetsModule, targets, seconds: 1, seed: 1, corpusDirectory, silentMs })

  it.each([
    ['hangs', 'hang', PLANTED.HANG],
    ['never-settles', 'hang', PLANTED.HANG],
    ['dies', 'crash', PLANTED.DEATH],
    ['leaves-a-rejection', 'crash', PLANTED.STRAY],
    ['breaks-an-invariant', 'invariant', PLANTED.BROKEN]
  ])('one that %s is a %s, with its input', async (target, kind, first) => {
    const { findings } = await fuzz(target)

    expect(findings).toMatchObject([{ kind, target }])
    expect(findings[0]?.input[0]).toBe(first)
  })

  it('what goes on besides one that hangs is fuzzed to the end', async () => {
    const { findings, targets } = await fuzz('hangs', 'sound')
    const sound = targets.find(({ target }) => target === 'sound')

    expect(findings).toMatchObject([{ kind: 'hang', target: 'hangs' }])
    expect(sound?.executions).toBeGreaterThan(0)
  })

  it('inputs of the corpus are executed as they are, however short the run', async () => {
    await addToCorpus(corpusDirectory, 'breaks-an-invariant', [Uint8Array.of(PLANTED.BROKEN, 1, 2)])

    const { findings } = await runFuzz({
      targetsModule,
      targets: ['breaks-an-invariant'],
      seconds: 0,
      seed: 1,
      corpusDirectory
    })

    expect(findings).toMatchObject([{ input: Uint8Array.of(PLANTED.BROKEN, 1, 2), count: 1 }])
  })

  it('executions and rules are counted', async () => {
    const { targets } = await fuzz('breaks-an-invariant')
    const [{ executions, rules }] = targets as [(typeof targets)[number]]

    expect(rules.rule).toBeGreaterThan(0)
    expect(rules.rule).toBeLessThan(executions)
  })

  it('nothing is found where nothing is wrong', async () => {
    expect((await fuzz('sound')).findings).toEqual([])
  })

  it('a run that is aborted ends at once', async () => {
    const controller = new AbortController()
    const run = runFuzz(
      {
        targetsModule,
        targets: ['sound'],
        seconds: 60,
        seed: 1,
        corpusDirectory,
        onProgress: () => controller.abort(new Error('stop'))
      },
      { signal: controller.signal }
    )

    await expect(run).rejects.toThrow('stop')
  })
})

describe('an input that is executed again', { timeout: TIMEOUT_MS }, () => {
  const replay = (target: string, first: number) =>
    replayInput({ targetsModule, target, input: Uint8Array.of(first), silentMs })

  it.each([
    ['hangs', PLANTED.HANG, DOES_NOT_END],
    ['dies', PLANTED.DEATH, expect.stringContaining('SIGKILL')],
    ['leaves-a-rejection', PLANTED.STRAY, expect.stringContaining('nobody waits')],
    ['breaks-an-invariant', PLANTED.BROKEN, 'invariant: no first byte is that'],
    ['breaks-an-invariant', 0, undefined]
  ])('%s on %i: %s', async (target, first, expected) => {
    expect(await replay(target, first)).toEqual(expected)
  })
})
