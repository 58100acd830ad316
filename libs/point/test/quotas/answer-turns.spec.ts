import { describe, expect, it, vi } from 'vitest'
import { AnswerTurns } from '../../src/quotas/answer-turns.ts'

describe('turns', () => {
  it('are taken one at a time, in the order of waiting', () => {
    const turns = new AnswerTurns(() => true)
    const started: string[] = []

    for (const name of ['a', 'b', 'c']) {
      turns.wait(() => started.push(name))
    }

    const atFirst = [...started]

    turns.end()
    turns.end()

    expect([atFirst, started]).toEqual([['a'], ['a', 'b', 'c']])
  })

  it('are not given to who has left', () => {
    const turns = new AnswerTurns(() => true)
    const left = vi.fn()
    const next = vi.fn()

    turns.wait(() => {})
    turns.wait(left)
    turns.wait(next)
    turns.leave(left)
    turns.end()

    expect([left, next].map((start) => start.mock.calls.length)).toEqual([0, 1])
  })

  it('wait for room, and go on when there may be some', () => {
    let hasRoom = false
    const turns = new AnswerTurns(() => hasRoom)
    const start = vi.fn()

    turns.wait(start)
    turns.next()
    expect(start).not.toHaveBeenCalled()

    hasRoom = true
    turns.next()
    turns.next()

    expect(start).toHaveBeenCalledOnce()
  })
})
