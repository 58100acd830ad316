import { beforeEach, describe, expect, it } from 'vitest'
import { createPoint, parsePoints } from '../src/points/parse-points.ts'
import type { Point } from '../src/points/point.ts'
import { PointList } from '../src/points/point-list.ts'

describe('a list of points', () => {
  let nowMs: number
  let randoms: number[]
  let list: PointList

  /** As given, and then 0.5: what is random is halfway. */
  const random = (): number => randoms.shift() ?? 0.5

  beforeEach(() => {
    nowMs = 1_000_000
    randoms = []
    list = create('a', 'b', 'c')
  })

  function create(...names: string[]): PointList {
    const configured = parsePoints(names.map((name) => `/dns4/${name}/tcp/1`))

    return new PointList({ configured, now: () => nowMs, random })
  }

  const learnedPoint = (key: string): Point =>
    createPoint({ key, multiaddrs: [], source: 'learned' })

  const names = (points: readonly Point[]): string[] =>
    points.map(({ key }) => key.replace(/^\/dns4\/|\/tcp\/1$/g, ''))

  const order = (): string[] => names(list.inOrder())

  function find(name: string): Point {
    return list.all.find((point) => names([point])[0] === name) as Point
  }

  const fail = (name: string): void => list.failed(find(name), new Error(`no ${name}`))

  it('has its points asked in random order', () => {
    randoms = [0, 0]

    const first = order()

    randoms = [0.99, 0.99]

    expect([first, order()]).toEqual([
      ['b', 'c', 'a'],
      ['a', 'b', 'c']
    ])
  })

  it('has learned points asked after those that the application has named', () => {
    list.learn(find('a'), [learnedPoint('x'), learnedPoint('y')])

    expect(order().slice(0, 3).sort()).toEqual(['a', 'b', 'c'])
    expect(order().slice(3).sort()).toEqual(['x', 'y'])
  })

  it('leaves out a point that has failed, until its time has come', () => {
    fail('b')
    nowMs += 999

    const before = order()

    nowMs += 1

    expect([before.sort(), order().sort()]).toEqual([
      ['a', 'c'],
      ['a', 'b', 'c']
    ])
  })

  it('has a learned point asked while all the others have failed', () => {
    list.learn(find('a'), [learnedPoint('x')])
    fail('a')
    fail('b')
    fail('c')

    expect(order()).toEqual(['x'])
  })

  it('has the point asked that is next to come back where all have failed', () => {
    fail('a')
    fail('a')
    nowMs += 100
    fail('b')
    fail('b')
    nowMs += 100
    fail('c')

    expect(order()).toEqual(['c'])
  })

  it('leaves a point alone twice as long with each failure in a row, up to a minute', () => {
    const seconds = Array.from({ length: 9 }, () => {
      fail('a')

      return (find('a').retryAtMs - nowMs) / 1000
    })

    expect(seconds).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  })

  it('leaves a point alone for a minute however often it has failed', () => {
    find('a').failures = 5000
    fail('a')

    expect(find('a').retryAtMs - nowMs).toBe(60_000)
  })

  it('parts points that failed together, by a quarter of the time either way', () => {
    randoms = [0, 0.99]
    fail('a')
    fail('b')

    expect([find('a'), find('b')].map(({ retryAtMs }) => retryAtMs - nowMs)).toEqual([750, 1245])
  })

  it('begins with a second again after an answer, and remembers what was wrong', () => {
    fail('a')
    fail('a')
    list.succeeded(find('a'))

    expect(find('a')).toMatchObject({ failures: 0, retryAtMs: 0, lastError: new Error('no a') })

    fail('a')

    expect(find('a').retryAtMs - nowMs).toBe(1000)
  })

  it('has a point that failed asked anew what it speaks', () => {
    Object.assign(find('a'), { dialect: {}, recordKind: 'peer-record' })
    fail('a')

    expect(find('a')).toMatchObject({ dialect: undefined, recordKind: undefined })
  })

  it('learns sixteen points at most', () => {
    list.learn(
      find('a'),
      Array.from({ length: 20 }, (_, index) => learnedPoint(`x${index}`))
    )

    expect(list.all).toHaveLength(3 + 16)
    expect(names(list.all).at(-1)).toBe('x15')
  })

  it('does not learn what the application has named', () => {
    list.learn(find('a'), [learnedPoint('/dns4/a/tcp/1'), learnedPoint('x')])

    expect(names(list.all)).toEqual(['a', 'b', 'c', 'x'])
    expect(find('a').source).toBe('configured')
  })

  it('forgets learned points that are no longer listed', () => {
    list.learn(find('a'), [learnedPoint('x'), learnedPoint('y')])
    list.learn(find('a'), [learnedPoint('y')])

    const named = names(list.all)

    list.learn(find('a'), [])

    expect([named, names(list.all)]).toEqual([
      ['a', 'b', 'c', 'y'],
      ['a', 'b', 'c']
    ])
  })

  it('forgets nothing that one point has named for what another names', () => {
    list.learn(find('a'), [learnedPoint('x'), learnedPoint('y')])

    const before = find('y')

    list.learn(find('b'), [])
    list.learn(find('c'), [learnedPoint('y'), learnedPoint('z')])
    list.learn(find('a'), [learnedPoint('y')])

    expect(names(list.all)).toEqual(['a', 'b', 'c', 'y', 'z'])
    expect(find('y')).toBe(before)
  })

  it('learns sixteen points at most of all that name some', () => {
    const named = (letter: string) =>
      Array.from({ length: 10 }, (_, index) => learnedPoint(`${letter}${index}`))

    list.learn(find('a'), named('x'))
    list.learn(find('b'), named('y'))

    expect(list.all).toHaveLength(3 + 16)
    expect(names(list.all).at(-1)).toBe('y5')
  })

  it('does not have a point asked that another slot knew before it was named anew', () => {
    list.learn(find('a'), [learnedPoint('x')])

    const before = find('x')

    list.learn(find('a'), [])
    list.learn(find('a'), [learnedPoint('x')])

    expect(find('x')).not.toBe(before)
    expect(names(list.inOrder([before]))).not.toContain('x')
  })

  it('keeps what it knows of learned points that are listed again', () => {
    const [address] = parsePoints(['/dns4/new/tcp/1']).flatMap(({ multiaddrs }) => multiaddrs)

    list.learn(find('a'), [learnedPoint('x')])

    const before = find('x')

    fail('x')
    list.learn(find('a'), [{ ...learnedPoint('x'), multiaddrs: address == null ? [] : [address] }])

    expect(find('x')).toBe(before)
    expect(find('x')).toMatchObject({ failures: 1, lastError: new Error('no x') })
    expect(find('x').multiaddrs.map(String)).toEqual(['/dns4/new/tcp/1'])
  })
})
