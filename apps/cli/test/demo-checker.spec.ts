import { beforeEach, describe, expect, it } from 'vitest'
import { DemoChecker } from '../src/demo/demo-checker.ts'

const TTL_SECONDS = 6

const LOST_NOTHING = { missing: 0, ghosts: 0, lapsed: 0 }

describe('the checker of the demo', () => {
  let now: number
  let checker: DemoChecker

  beforeEach(() => {
    now = 0
    checker = new DemoChecker(() => now)
  })

  const sent = { peerId: 'p', namespace: 'n', node: 'A', ttlSeconds: TTL_SECONDS } as const

  function register(sentAtMs: number, answeredAtMs = sentAtMs): void {
    now = answeredAtMs
    checker.acknowledged({ ...sent, sentAtMs })
  }

  function ask(askedAtMs: number, peerIds: string[], answeredAtMs = askedAtMs): void {
    now = answeredAtMs
    checker.check({ namespace: 'n', node: 'B', askedAtMs, peerIds })
  }

  it('misses a registration that is old enough and lives', () => {
    register(0)

    ask(200, [])

    expect(checker.figures).toMatchObject({ answersChecked: 1, missing: 1 })
    expect(checker.figures.losses).toEqual(['p, registered at A, is missing in an answer of B'])
  })

  it('does not miss one that was acknowledged less than 200 ms before the question', () => {
    register(0)

    ask(199, [])

    expect(checker.figures).toMatchObject(LOST_NOTHING)
  })

  it('counts the age from the acknowledgement, not from the request', () => {
    register(0, 150)

    ask(200, [])

    expect(checker.figures).toMatchObject(LOST_NOTHING)
  })

  it('does not miss one whose lifetime may have ended before the answer came', () => {
    register(0, 500)

    ask(5900, [], 6000)

    expect(checker.figures).toMatchObject(LOST_NOTHING)
  })

  it('misses one that was just refreshed, since it was there all the time', () => {
    register(0)
    register(5000)

    ask(5100, [])

    expect(checker.figures.missing).toBe(1)
  })

  it('counts the age anew when a refresh came too late', () => {
    register(0)
    register(6500)

    ask(6600, [])

    expect(checker.figures).toMatchObject(LOST_NOTHING)
  })

  it('misses a peer that left until its lifetime is over', () => {
    register(0)
    checker.left('p')

    ask(5999, [])
    ask(6000, [])

    expect(checker.figures.missing).toBe(1)
  })

  it('misses nobody of another namespace', () => {
    register(0)
    now = 1000

    checker.check({ namespace: 'other', node: 'B', askedAtMs: 1000, peerIds: [] })

    expect(checker.figures).toMatchObject(LOST_NOTHING)
  })

  it('calls a peer that left a ghost one second after its lifetime and grace', () => {
    register(0)
    checker.left('p')

    ask(9000, ['p'])
    expect(checker.figures.ghosts).toBe(0)

    ask(9001, ['p'])
    expect(checker.figures.ghosts).toBe(1)
    expect(checker.figures.losses).toEqual(['p has left and is still in an answer of B'])
  })

  it('calls nobody a ghost whose last request may have come through without an answer', () => {
    register(0)
    now = 3000
    checker.unanswered({ ...sent, sentAtMs: 2000 })
    checker.left('p')

    ask(15_000, ['p'])
    expect(checker.figures.ghosts).toBe(0)

    ask(15_001, ['p'])
    expect(checker.figures.ghosts).toBe(1)
  })

  it('calls nobody a ghost who is still there', () => {
    register(0)
    now = 1000
    checker.unanswered({ ...sent, sentAtMs: 1000 })

    ask(60_000, ['p'])

    expect(checker.figures.ghosts).toBe(0)
  })

  it('counts a registration that ended before its refresh, once', () => {
    register(0)
    register(8001)
    register(9000)

    expect(checker.figures.lapsed).toBe(1)
  })

  it('counts a registration that has ended and is not refreshed yet', () => {
    register(0)

    now = 8000
    expect(checker.figures.lapsed).toBe(0)

    now = 8001
    expect(checker.figures.lapsed).toBe(1)
  })

  it('does not count the end of a registration whose peer has left', () => {
    register(0)
    checker.left('p')
    now = 60_000

    expect(checker.figures.lapsed).toBe(0)
  })

  it('counts what is found through another node, by the node of the last refresh', () => {
    register(0)
    ask(300, ['p'])
    now = 400
    checker.acknowledged({ ...sent, node: 'B', sentAtMs: 400 })
    ask(700, ['p'])

    expect(checker.figures).toMatchObject({ answersChecked: 2, foundElsewhere: 1 })
  })

  it('sums up the newest answers of all namespaces', () => {
    ask(1, ['p', 'q', 'r'])
    ask(2, ['p', 'q'])
    checker.check({ namespace: 'other', node: 'A', askedAtMs: 2, peerIds: ['s'] })

    expect(checker.figures.registrations).toBe(3)
  })

  it('does not judge an answer that is full', () => {
    register(0)

    ask(
      1000,
      Array.from({ length: 1000 }, (_, index) => `other ${index}`)
    )

    expect(checker.figures).toMatchObject({ answersChecked: 0, missing: 0 })
  })

  it('tells the first five losses and counts all', () => {
    register(0)

    for (let count = 0; count < 7; count++) {
      ask(1000 + count, [])
    }

    expect(checker.figures.missing).toBe(7)
    expect(checker.figures.losses).toHaveLength(5)
  })
})
