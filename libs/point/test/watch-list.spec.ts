import { beforeEach, describe, expect, it } from 'vitest'
import { Rounds } from '../src/rounds.ts'
import { WatchList } from '../src/watch-list.ts'

describe('rounds', () => {
  it('take a share at a time, and begin again', () => {
    const rounds = new Rounds(new Set([1, 2, 3, 4, 5]), 3)
    const parts = Array.from({ length: 5 }, () => [...rounds.nextPart()])

    expect(parts).toEqual([[1, 2], [3, 4], [5], [1, 2], [3, 4]])
  })

  it('take one at a time where there are fewer than parts', () => {
    const rounds = new Rounds(new Set([1, 2]), 60)
    const parts = Array.from({ length: 4 }, () => [...rounds.nextPart()])

    expect(parts).toEqual([[1], [2], [], [1]])
  })

  it('take nothing from nothing, and what comes later', () => {
    const items = new Set<number>()
    const rounds = new Rounds(items, 2)

    expect([...rounds.nextPart()]).toEqual([])

    items.add(1).add(2)
    expect([...rounds.nextPart()]).toEqual([1])

    items.add(3)
    expect([...rounds.nextPart()]).toEqual([2, 3])
  })

  it('come to all that stay while others come and go', () => {
    const items = new Set(Array.from({ length: 100 }, (_, index) => index))
    const rounds = new Rounds(items, 10)
    const seen = new Set<number>()

    for (let part = 0; part < 12; part++) {
      for (const item of rounds.nextPart()) {
        seen.add(item)
      }

      items.delete(3 * part)
      items.add(1000 + part)
    }

    const stayed = [...items].filter((item) => item < 1000)

    expect(stayed.filter((item) => !seen.has(item))).toEqual([])
  })
})

describe('a watch list', () => {
  let list: WatchList<string>
  let busy: Set<string>

  beforeEach(() => {
    list = new WatchList(4)
    busy = new Set()

    for (const item of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
      list.add(item)
    }
  })

  it('looks at what is new, then at what is busy and a part of the others', () => {
    busy.add('h')

    expect(look()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
    expect(look()).toEqual(['c', 'd', 'h'])
    expect(look()).toEqual(['e', 'f', 'h'])

    list.becomesBusy('a')
    expect(look()).toEqual(['a', 'g', 'h'])
    busy.delete('h')
    expect(look()).toEqual(['h'])
    expect(look()).toEqual(['a', 'b'])
  })

  it('shows what is busy', () => {
    look()
    expect([...list.busy]).toEqual([])

    list.becomesBusy('f')
    expect([...list.busy]).toEqual(['f'])
  })

  it('forgets what is deleted, whatever is told of it later', () => {
    look()
    list.delete('c')
    list.becomesBusy('c')

    expect([...list.busy]).toEqual([])
    expect([look(), look(), look(), look()].flat()).not.toContain('c')
  })

  it('takes that what it looks at is deleted', () => {
    list.look((item) => {
      list.delete(item)

      return true
    })

    expect(look()).toEqual([])
  })

  /** What was looked at, in alphabetical order. */
  function look(): string[] {
    const looked: string[] = []

    list.look((item) => {
      looked.push(item)

      return busy.has(item)
    })

    return looked.sort()
  }
})
