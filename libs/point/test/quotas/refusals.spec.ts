import { describe, expect, it } from 'vitest'
import { type AfterRefusal, Refusals } from '../../src/quotas/refusals.ts'

/** What follows each of so many refusals, the first at zero. */
function following(count: number, everyMs: number): AfterRefusal[] {
  const refusals = new Refusals()

  return Array.from({ length: count }, (_, index) => refusals.add(index * everyMs))
}

describe('refusals', () => {
  it('are answered, and the third within a second costs the stream', () => {
    expect(following(4, 499)).toEqual(['go-on', 'go-on', 'reset-stream', 'reset-stream'])
  })

  it('cost nothing when the third comes a second after the first', () => {
    expect(following(20, 500)).not.toContain('reset-stream')
  })

  it('cost the connection at the hundredth within ten seconds', () => {
    const after = following(100, 101)

    expect([after.indexOf('end-connection'), after.length]).toEqual([99, 100])
  })

  it('do not cost the connection when the hundredth comes ten seconds after the first', () => {
    expect(following(300, 102)).not.toContain('end-connection')
  })
})
