import { setImmediate as immediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { EventLoopTurns } from '../../src/quotas/event-loop-turns.ts'

function begins(forWhom: string[]) {
  const turns = new EventLoopTurns()
  const begun: string[] = []

  forWhom.forEach((whom, index) => {
    void turns.next(whom).then(() => begun.push(`${whom}${index}`))
  })

  return begun
}

it('work begins one piece in a turn of the event loop', async () => {
  const begun = begins(['a', 'a', 'a'])
  const counts: number[] = []

  for (let turn = 0; turn < 4; turn++) {
    await Promise.resolve()
    counts.push(begun.length)
    await immediate()
  }

  expect(counts).toEqual([1, 2, 3, 3])
})

it('all who want it take turns, and each keeps its order', async () => {
  const begun = begins(['a', 'a', 'a', 'a', 'b', 'c', 'b'])

  for (let turn = 0; turn < 10; turn++) {
    await immediate()
  }

  expect(begun).toEqual(['a0', 'a1', 'b4', 'c5', 'a2', 'b6', 'a3'])
})

it('nobody waits where nobody else does', async () => {
  const turns = new EventLoopTurns()

  await turns.next('a')
  await immediate()

  await expect(turns.next('a')).resolves.toBeUndefined()
})

it('what nobody wants any more takes no turn', async () => {
  const turns = new EventLoopTurns()
  const begun: string[] = []

  void turns.next('a')

  for (const [whom, isOver] of [
    ['left', true],
    ['left too', true],
    ['stays', false],
    ['next', false]
  ] as const) {
    void turns.next(whom, () => isOver).then(() => begun.push(whom))
  }

  await immediate()
  await Promise.resolve()

  expect(begun).toEqual(['left', 'left too', 'stays'])
})
