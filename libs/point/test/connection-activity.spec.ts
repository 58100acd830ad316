import { ResponseStatus } from '@rendezvous-cluster/rendezvous'
import { describe, expect, it } from 'vitest'
import { withAnswer } from '../src/connection-activity.ts'

const registered = (ttlSeconds: number) =>
  ({ type: 'register', status: ResponseStatus.OK, statusText: '', ttlSeconds }) as const

describe('the activity of a connection', () => {
  it('lives as long as the registration, and 2 seconds of grace', () => {
    expect(withAnswer(undefined, registered(20), 1000)).toEqual({
      usedAtMs: 1000,
      liveUntilMs: 23_000
    })
  })

  it('lives as long as the longest of several', () => {
    const activity = withAnswer(undefined, registered(100), 0)

    expect(withAnswer(activity, registered(20), 1000).liveUntilMs).toBe(102_000)
  })

  it('is not alive for a REGISTER that was refused', () => {
    const refused = {
      type: 'register',
      status: ResponseStatus.E_UNAVAILABLE,
      statusText: '',
      ttlSeconds: 0
    } as const

    expect(withAnswer(undefined, refused, 1000)).toEqual({ usedAtMs: 1000, liveUntilMs: 0 })
  })

  it('is used, and as alive as before, with any other answer', () => {
    const activity = withAnswer(undefined, registered(20), 0)
    const answer = { type: 'unregister', status: ResponseStatus.OK } as const

    expect(withAnswer(activity, answer, 1000)).toEqual({ usedAtMs: 1000, liveUntilMs: 22_000 })
  })
})
