import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { InteropResult } from './support/interop-results.ts'
import { missingFrom, tableOf, withTable } from './support/interop-table.ts'

const README = new URL('../../README.md', import.meta.url)

const FIRST = '<!-- interop table: npm run interop-table -->'
const LAST = '<!-- end of the interop table -->'

const IMPLEMENTATIONS = [
  'berty/go-libp2p-rendezvous',
  'py-libp2p',
  'rust-libp2p',
  'waku-org/go-libp2p-rendezvous'
]

const FEATURES = [
  'register',
  'discover',
  'cookie paging',
  'unregister',
  'refresh',
  'TTL expiry'
] as const

const whole: InteropResult[] = IMPLEMENTATIONS.flatMap((implementation) =>
  (['client of ours', 'server for ours'] as const).flatMap((direction) =>
    FEATURES.map((feature) => ({
      implementation,
      version: '1.2.3',
      direction,
      feature,
      result: 'pass' as const
    }))
  )
)

describe('what a run has left out', () => {
  it('is nothing where each implementation was tested in all', () => {
    expect(missingFrom(whole)).toEqual([])
  })

  it('is an implementation whose tests were skipped, and a feature that none was of', () => {
    const results = whole.filter(
      ({ implementation, direction, feature }) =>
        implementation !== 'py-libp2p' &&
        !(
          implementation === 'rust-libp2p' &&
          direction === 'server for ours' &&
          feature === 'refresh'
        )
    )

    expect(missingFrom(results)).toEqual([
      'py-libp2p as client of ours: everything',
      'py-libp2p as server for ours: everything',
      'rust-libp2p as server for ours: refresh'
    ])
  })
})

describe('the table', () => {
  it('has a row for each subject, and the worst result with its reason', () => {
    const table = tableOf([
      ...whole.filter(({ implementation }) => implementation === 'py-libp2p'),
      { ...(whole[0] as InteropResult), implementation: 'py-libp2p', reason: 'half of it' },
      { ...(whole[0] as InteropResult), implementation: 'rust-libp2p', result: 'not offered' }
    ])

    expect(table.split('\n').slice(2)).toEqual([
      '| py-libp2p 1.2.3 | client of ours | pass (1) | pass | pass | pass | pass | pass |',
      '| py-libp2p 1.2.3 | server for ours | pass | pass | pass | pass | pass | pass |',
      '| rust-libp2p 1.2.3 | client of ours | not offered | – | – | – | – | – |',
      '',
      '1. half of it'
    ])
  })

  it('replaces what stands between the markers of the README, and nothing else', async () => {
    const text = await readFile(README, 'utf8')
    const written = withTable(text, 'the table')

    expect(written).toContain(`\n${FIRST}\nthe table\n${LAST}\n`)
    expect(written.split(FIRST)[0]).toBe(text.split(FIRST)[0])
    expect(written.split(LAST)[1]).toBe(text.split(LAST)[1])
    expect(withTable(written, 'the table')).toBe(written)
  })

  it.each([
    ['no marker', 'text', FIRST],
    ['only the first', FIRST, LAST],
    ['both the other way round', `${LAST}${FIRST}`, LAST]
  ])('is not put into a text with %s, and the missing one is named', (_what, text, missing) => {
    expect(() => withTable(text, 'the table')).toThrow(missing)
  })
})
