import { setImmediate as immediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { ArrivalTurns } from '../../src/quotas/arrival-turns.ts'

function createTurns() {
  const clock = { nowMs: 0 }

  return { clock, turns: new ArrivalTurns({ turnMs: 2, now: () => clock.nowMs }) }
}

it('there is time for what comes, until so much was done in a turn of the event loop', async () => {
  const { clock, turns } = createTurns()

  expect(turns.hasTime).toBe(true)
  clock.nowMs = 1
  expect(turns.hasTime).toBe(true)
  clock.nowMs = 2
  expect(turns.hasTime).toBe(false)

  await immediate()

  expect(turns.hasTime).toBe(true)
})

it('what waits is begun as long as there is time, and goes on in the next turn', async () => {
  const { clock, turns } = createTurns()
  const begun: string[] = []

  for (const name of ['a', 'b', 'c']) {
    void turns.next(name).then(() => {
      begun.push(name)
      clock.nowMs += 1
    })
  }

  await immediate()
  expect(begun).toEqual(['a', 'b'])
  await immediate()
  expect(begun).toEqual(['a', 'b', 'c'])
})

it('what a piece does at once is counted with it', async () => {
  const { clock, turns } = createTurns()
  const begun: string[] = []

  async function takeLong(name: string): Promise<void> {
    await turns.next(name)
    await Promise.resolve()
    await Promise.resolve()
    clock.nowMs += 2
    begun.push(name)
  }

  void takeLong('a')
  void takeLong('b')
  await immediate()

  expect(begun).toEqual(['a'])
})

it('all who wait take turns, and what nobody wants any more takes no time', async () => {
  const turns = new ArrivalTurns({ turnMs: 0 })
  const begun: string[] = []
  const wait = (whom: string, name: string, isOver = false) =>
    void turns.next(whom, () => isOver).then(() => begun.push(name))

  wait('a', 'a1')
  wait('a', 'a2')
  wait('b', 'left', true)
  wait('c', 'c1')

  for (let turn = 0; turn < 4; turn++) {
    await immediate()
  }

  expect(begun).toEqual(['a1', 'left', 'c1', 'a2'])
})
