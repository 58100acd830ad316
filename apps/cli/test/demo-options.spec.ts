import { describe, expect, it } from 'vitest'
import { paceOf, problemOf } from '../src/demo/demo-options.ts'

describe('the options of the demo', () => {
  it('go together by default', () => {
    expect(problemOf({ peers: 200, seconds: 30, namespaces: 5 })).toBeUndefined()
  })

  it('need a peer for each namespace', () => {
    expect(problemOf({ peers: 5, seconds: 30, namespaces: 6 })).toContain('at most as many')
  })

  it('need namespaces that one answer can hold', () => {
    expect(problemOf({ peers: 500, seconds: 30, namespaces: 1 })).toBeUndefined()
    expect(problemOf({ peers: 501, seconds: 30, namespaces: 1 })).toContain('at least 2')
  })

  it('give short lifetimes to a small crowd, and no longer ones than allowed to the biggest', () => {
    expect(paceOf({ peers: 200, seconds: 30, namespaces: 5 }).ttlSeconds).toBe(6)
    expect(paceOf({ peers: 20, seconds: 6, namespaces: 5 }).ttlSeconds).toBe(3)
    expect(paceOf({ peers: 1000, seconds: 30, namespaces: 5 }).ttlSeconds).toBe(20)
  })
})
