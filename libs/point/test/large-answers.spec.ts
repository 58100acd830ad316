import { setImmediate as immediate } from 'node:timers/promises'
import { multiaddr } from '@multiformats/multiaddr'
import type { Outcome } from '@rendezvous-cluster/rendezvous'
import { ResponseStatus } from '@rendezvous-cluster/rendezvous'
import { expect, it } from 'vitest'
import { POINT_LIMITS_DEFAULT } from '../src/point-limits.ts'
import { noPointMetrics } from '../src/point-metrics.ts'
import { EventLoopTurns } from '../src/quotas/event-loop-turns.ts'
import { connectionOf, registrationsOf } from './served-stream.ts'

const isOver = () => false

const answerOf = (results: number): Outcome => ({
  type: 'discover',
  status: ResponseStatus.OK,
  statusText: '',
  namespace: new Uint8Array(),
  registrations: registrationsOf(results).map((found) => ({
    ...found,
    namespace: new Uint8Array()
  }))
})

/** At one node. */
const connectionsFrom = (addresses: readonly string[]) => {
  const init = {
    limits: POINT_LIMITS_DEFAULT,
    metrics: noPointMetrics,
    eventLoopTurns: new EventLoopTurns()
  }

  return addresses.map((address) => connectionOf(init, multiaddr(address)).state)
}

const connections = (count: number) =>
  connectionsFrom(Array.from({ length: count }, () => '/ip4/192.0.2.1/tcp/4001'))

it('of all connections are sent one in a turn of the event loop', async () => {
  const sent: number[] = []

  connections(3).forEach((connection, index) => {
    void connection.turnToAnswer(answerOf(101), isOver)?.then(() => sent.push(index))
  })

  const counts: number[] = []

  for (let turn = 0; turn < 3; turn++) {
    await immediate()
    counts.push(sent.length)
  }

  expect(counts).toEqual([2, 3, 3])
  expect(sent).toEqual([0, 1, 2])
})

it('of an IPv6 /64 have one share of the turns, whatever addresses they go to', async () => {
  const sent: string[] = []
  const addresses = ['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::1']

  connectionsFrom(addresses.map((ip) => `/ip6/${ip}/tcp/4001`)).forEach((connection, index) => {
    void connection
      .turnToAnswer(answerOf(101), isOver)
      ?.then(() => sent.push(addresses[index] as string))
  })

  for (let turn = 0; turn < addresses.length; turn++) {
    await immediate()
  }

  expect(sent).toEqual(['2001:db8::1', '2001:db8::2', '2001:db8:0:1::1', '2001:db8::3'])
})

it('are those with more than a hundred results', () => {
  const [connection] = connections(1)

  expect(connection?.turnToAnswer(answerOf(100), isOver)).toBeUndefined()
  expect(
    connection?.turnToAnswer({ type: 'unregister', status: ResponseStatus.OK }, isOver)
  ).toBeUndefined()
  expect(connection?.turnToAnswer(answerOf(101), isOver)).toBeInstanceOf(Promise)
})

const asking = (limit?: bigint) => ({ type: 'discover' as const, limit })

it('wait before they are looked for as well, by what is asked for', async () => {
  const looked: number[] = []

  connections(3).forEach((connection, index) => {
    void connection.turnToHandle(asking(101n), isOver)?.then(() => looked.push(index))
  })

  await immediate()

  expect(looked).toEqual([0, 1])
})

it.each([
  ['as many as there are', undefined],
  ['no number', 0n],
  ['less than none', -1n],
  ['more than a hundred', 101n]
])('are those for which a peer asks for %s', (_name, limit) => {
  const [connection] = connections(1)

  expect(connection?.turnToHandle(asking(limit), isOver)).toBeInstanceOf(Promise)
})

it('are not those for which a peer asks for a hundred, and no registrations', () => {
  const [connection] = connections(1)

  expect(connection?.turnToHandle(asking(100n), isOver)).toBeUndefined()
  expect(connection?.turnToHandle({ type: 'register' }, isOver)).toBeUndefined()
})
