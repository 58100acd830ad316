import { beforeEach, describe, expect, it } from 'vitest'
import { PresenceChecker } from './presence-checker.ts'

const TTL_SECONDS = 20
const TTL_MS = TTL_SECONDS * 1000

describe('the checker of who has to be found', () => {
  let checker: PresenceChecker

  beforeEach(() => {
    checker = new PresenceChecker()
  })

  function acknowledge(atMs: number, sentAtMs = atMs): void {
    const ttlSeconds = TTL_SECONDS

    checker.acknowledged({ peerId: 'peer', kind: 'ours', ttlSeconds, sentAtMs, atMs })
  }

  function check(askedAtMs: number, found: string[] = []) {
    return checker
      .check({ askedAtMs, answeredAtMs: askedAtMs + 5, peerIds: new Set(found) })
      .map(({ isMissing }) => (isMissing ? 'missing' : 'lapsed'))
  }

  it('expects nobody who was never acknowledged', () => {
    expect(check(1000)).toEqual([])
  })

  it('misses nobody who is found', () => {
    acknowledge(0)

    expect([check(1000, ['peer']), check(TTL_MS + 1000, ['peer'])]).toEqual([[], []])
  })

  it('gives a new registration the time to be known everywhere', () => {
    acknowledge(0)

    expect([check(199), check(200)]).toEqual([[], ['missing']])
  })

  it('misses a registration to the end of its lifetime, and calls it lapsed from then on', () => {
    acknowledge(0)

    expect([check(TTL_MS - 6), check(TTL_MS - 5), check(TTL_MS * 10)]).toEqual([
      ['missing'],
      ['lapsed'],
      ['lapsed']
    ])
  })

  it('counts the lifetime from when it was asked for, however late the answer is heard', () => {
    acknowledge(5000, 0)

    expect([check(5200), check(TTL_MS)]).toEqual([['missing'], ['lapsed']])
  })

  it('gives a refresh no time: others know the registration already', () => {
    acknowledge(0)
    acknowledge(10_000)

    expect([check(10_050), check(TTL_MS + 5000)]).toEqual([['missing'], ['missing']])
  })

  it('gives a registration after a lapse the time to be known again', () => {
    acknowledge(0)
    acknowledge(TTL_MS + 5000)

    expect([check(TTL_MS + 5100), check(TTL_MS + 5200)]).toEqual([[], ['missing']])
  })

  it('says whose peer it was', () => {
    const ttlSeconds = TTL_SECONDS

    checker.acknowledged({ peerId: 'go', kind: 'go', ttlSeconds, sentAtMs: 0, atMs: 0 })

    expect(checker.check({ askedAtMs: 500, answeredAtMs: 505, peerIds: new Set() })).toEqual([
      { peerId: 'go', kind: 'go', isMissing: true }
    ])
  })
})
