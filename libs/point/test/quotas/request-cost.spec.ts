import { Namespace, type Request } from '@rendezvous-cluster/rendezvous'
import { describe, expect, it } from 'vitest'
import { costOf, costOfResults } from '../../src/quotas/request-cost.ts'

const namespace = Namespace.fromText('n').bytes
const none = new Uint8Array()

describe('what a request costs', () => {
  it.for<[string, Request, number]>([
    ['a REGISTER', { type: 'register', namespace }, 1],
    ['a REGISTER without a namespace', { type: 'register' }, 1],
    ['an UNREGISTER', { type: 'unregister', namespace }, 1],
    ['an UNREGISTER of everything', { type: 'unregister' }, 1],
    ['a DISCOVER', { type: 'discover', namespace }, 1],
    ['a DISCOVER of all namespaces', { type: 'discover' }, 5],
    ['one that names an empty namespace', { type: 'discover', namespace: none }, 5]
  ])('%s: %o costs %d', ([, request, cost]) => {
    expect(costOf(request)).toBe(cost)
  })

  it('grows by a unit with 20 results, and by five of all namespaces', () => {
    const one: Request = { type: 'discover', namespace }
    const all: Request = { type: 'discover' }

    expect([costOfResults(one, 0), costOfResults(one, 1000), costOfResults(all, 1000)]).toEqual([
      0, 50, 250
    ])
  })
})
