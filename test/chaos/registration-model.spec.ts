import { beforeEach, describe, expect, it } from 'vitest'
import { type Attempt, type Outcome, RegistrationModel } from './registration-model.ts'

const TTL_MS = 6000
const GRACE_MS = 2000

describe('the model of what must be found', () => {
  let model: RegistrationModel

  beforeEach(() => {
    model = new RegistrationModel({ ttlMs: TTL_MS, graceMs: GRACE_MS })
  })

  function register(atMs: number, outcome: Outcome, tookMs = 10): Attempt {
    const attempt = model.begin('n', 'peer', atMs)

    model.end(attempt, outcome, atMs + tookMs)

    return attempt
  }

  function check(atMs: number, found: Attempt[]) {
    return model.check('n', new Map(found.map(({ version }) => ['peer', version])), atMs, atMs + 5)
  }

  it('finds nothing wrong with a registration that is found while it lives', () => {
    const attempt = register(0, 'ok')

    expect([check(11, [attempt]), check(TTL_MS, [attempt])]).toEqual([[], []])
  })

  it('misses an acknowledged registration as soon as every node must show it', () => {
    register(0, 'ok')

    expect([check(100, []), check(300, []), check(TTL_MS + 10, [])]).toEqual([[], ['lost'], []])
  })

  it('misses one that was acknowledged although a later REGISTER was refused', () => {
    register(0, 'ok')
    register(1000, 'refused')

    expect(check(3000, [])).toEqual(['lost'])
  })

  it('does not miss one that was refused', () => {
    register(0, 'refused')

    expect(check(3000, [])).toEqual([])
  })

  it('tells one that is found after its end', () => {
    const attempt = register(0, 'ok')

    expect(check(TTL_MS + GRACE_MS + 1100, [attempt])).toEqual(['expired'])
  })

  it('tells one that was refused and is alive', () => {
    const refused = register(0, 'refused')

    expect(check(3000, [refused])).toEqual(['refused'])
  })

  it('tells one that a later acknowledged REGISTER has replaced', () => {
    const first = register(0, 'ok')
    const second = register(1000, 'ok')

    expect([check(1100, [first]), check(3000, [first]), check(3000, [second])]).toEqual([
      [],
      ['outdated'],
      []
    ])
  })

  it('tells one that nobody made', () => {
    expect(model.check('n', new Map([['stranger', 7]]), 100, 110)).toEqual(['invented'])
  })

  it('takes either for the truth while a request has no answer', () => {
    register(0, 'ok')
    const pending = model.begin('n', 'peer', 1000)

    expect(check(2000, [pending])).toEqual([])
  })
})
