import { describe, expect, it } from 'vitest'
import { toError } from '../src/errors.ts'

describe('what a promise was rejected with', () => {
  it('is the error itself', () => {
    const error = new RangeError('too far')

    expect(toError(error)).toBe(error)
  })

  it.for([
    { name: 'text', reason: 'no', message: 'no' },
    {
      name: 'the event of a WebSocket',
      reason: new Event('error'),
      message: 'no WebSocket: nothing listens there'
    }
  ])('$name becomes an error that can be read', ({ reason, message }) => {
    expect(toError(reason).message).toContain(message)
  })
})
