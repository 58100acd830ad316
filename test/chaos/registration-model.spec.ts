import { beforeEach, describe, expect, it } from 'vitest'
import { FaultWindows } from './fault-windows.ts'
import { type Attempt, type Outcome, RegistrationModel } from './registration-model.ts'

const TTL_MS = 6000
const GRACE_MS = 2000
const DEADLINE_MS = 3000

describe('the model of what must be found', () => {
  let windows: FaultWindows
  let model: RegistrationModel

  beforeEach(() => {
    windows = new FaultWindows()
    model = new RegistrationModel({
      ttlMs: TTL_MS,
      graceMs: GRACE_MS,
      deadlineMs: DEADLINE_MS,
      windows
    })
  })

  function register(atMs: number, outcome: Outcome, tookMs = 10): Attempt {
    const attempt = model.begin('n', 'peer', atMs)

    model.end(attempt, outcome, atMs + tookMs)

    return attempt
  }

  function check(atMs: number, found: Attempt[]) {
    const registrations = found.map(({ version }) => ({ peer: 'peer', version }))

    return model.check('n', registrations, atMs, atMs + 5).map(({ finding }) => finding)
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
    const observed = model.check('n', [{ peer: 'stranger', version: 7 }], 100, 110)

    expect(observed.map(({ finding }) => finding)).toEqual(['invented'])
  })

  it('tells a peer that is in one answer twice', () => {
    const attempt = register(0, 'ok')

    expect(check(300, [attempt, attempt])).toEqual(['repeated'])
  })

  it('takes either for the truth while a request has no answer', () => {
    register(0, 'ok')
    const pending = model.begin('n', 'peer', 1000)

    expect(check(2000, [pending])).toEqual([])
  })

  describe('while faults last', () => {
    it('misses nothing that a fault may have lost, until one refresh after its end', () => {
      register(0, 'ok')

      const end = windows.begin('loss', 1000)
      const during = check(1500, [])

      end(2000)

      const before = check(2500, [])

      register(2600, 'ok')

      expect([during, before, check(3000, [])]).toEqual([[], [], ['lost']])
    })

    it('takes what was before a loss for the truth again, and not what was before a refresh', () => {
      const first = register(0, 'ok')

      register(1000, 'ok')
      windows.begin('loss', 1500)(2500)

      const rolledBack = check(3000, [first])

      register(3100, 'ok')

      expect([rolledBack, check(5000, [first])]).toEqual([[], ['outdated']])
    })

    it('misses what is alive where a fault only makes the store slow', () => {
      register(0, 'ok')
      windows.begin('slow', 1000)(2000)

      expect([check(1500, []), check(3500, [])]).toEqual([[], ['lost']])
    })

    it('lets a refused one be found where the answer of the store may have been lost', () => {
      windows.begin('slow', 0)(1000)

      expect(check(2000, [register(500, 'refused')])).toEqual([])
      expect(check(3000, [register(1500, 'refused')])).toEqual(['refused'])
    })

    it('lets one be found for which a point has waited in vain', () => {
      expect(check(2000, [register(0, 'refused', 1000)])).toEqual([])
    })

    it('lets a REGISTER without an answer take effect for as long as a point works on it', () => {
      const attempt = register(0, 'closed')
      const overAtMs = DEADLINE_MS + TTL_MS + GRACE_MS + 1100

      expect([check(overAtMs - 200, [attempt]), check(overAtMs, [attempt])]).toEqual([
        [],
        ['expired']
      ])
    })

    it('lets one that a first point left open replace a later one', () => {
      const first = model.begin('n', 'peer', 0)

      model.end(first, 'ok', 20, { withoutAnswer: [10] })
      register(1000, 'ok')

      const meanwhile = check(3000, [first])

      register(3100, 'ok')

      expect([meanwhile, check(5000, [first])]).toEqual([[], ['outdated']])
    })
  })
})
