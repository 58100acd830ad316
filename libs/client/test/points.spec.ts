import type { Connection } from '@libp2p/interface'
import type { ConnectionManager } from '@libp2p/interface-internal'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { beforeEach, describe, expect, it } from 'vitest'
import { NoPointError } from '../src/errors.ts'
import { parsePoints } from '../src/points/parse-points.ts'
import { Points } from '../src/points/points.ts'
import { noLog } from './no-log.ts'

describe('points', () => {
  let nowMs: number
  let losses: number
  let connections: Connection[]
  /** What a connection comes through. */
  let dial: (address: string) => Promise<void>

  beforeEach(() => {
    nowMs = 1_000_000
    losses = 0
    connections = []
    dial = async () => {}
  })

  /** Connected without a network; what is asked is up to the spec. */
  function create({ fanout = 1, count = 2 } = {}): Points {
    const configured = parsePoints(
      Array.from({ length: count }, (_, index) => `/ip4/192.0.2.${index + 1}/tcp/1`)
    )

    for (const point of configured) {
      point.dialect = DIALECTS.libp2p
    }

    return new Points({
      configured,
      connector: {
        dialects: [DIALECTS.libp2p],
        connectionManager: {
          async openConnection([address]: readonly unknown[]) {
            await dial(String(address))

            const connection = Object.assign(new EventTarget(), {
              id: `${connections.length}`,
              status: 'open'
            }) as unknown as Connection

            connections.push(connection)

            return connection
          }
        } as unknown as ConnectionManager
      },
      fanout,
      learnCluster: false,
      timeoutMs: 1000,
      onLost: () => losses++,
      log: noLog,
      now: () => nowMs,
      random: () => 0
    })
  }

  const ask = (points: Points): Promise<string[]> =>
    Promise.all(points.slots.map((slot) => slot.ask(async (_client, { key }) => key)))

  function close(connection: Connection | undefined, points: Points): void {
    Object.assign(connection as Connection, { status: 'closed' })
    points.onConnectionClose(connection as Connection)
  }

  it('tell of one that is lost at once, and of the next ones after ten seconds', async () => {
    const points = create()

    for (let times = 0; times < 3; times++) {
      await ask(points)
      close(connections.at(-1), points)
    }

    const atOnce = losses

    nowMs += 9999
    points.tellLost()

    const early = losses

    nowMs += 1
    points.tellLost()
    points.tellLost()

    expect([atOnce, early, losses]).toEqual([1, 1, 2])
  })

  it('tell nothing of connections that are none of theirs', async () => {
    const points = create()

    await ask(points)
    points.onConnectionClose({ id: 'other' } as Connection)

    expect(losses).toBe(0)
    expect(points.statuses.filter(({ isCurrent }) => isCurrent)).toHaveLength(1)
  })

  it('are asked anew where the connection is closing, though not closed yet', async () => {
    const points = create({ count: 1 })

    await ask(points)
    Object.assign(connections[0] as Connection, { status: 'closing' })

    await expect(ask(points)).resolves.toHaveLength(1)
    expect(connections).toHaveLength(2)
  })

  it('are different ones for each slot, also where all begin at once', async () => {
    const points = create({ fanout: 2 })

    const asked = await ask(points)

    expect(new Set(asked).size).toBe(2)
  })

  it('are not shared by slots where there are too few', async () => {
    const points = create({ fanout: 2, count: 1 })

    await expect(ask(points)).rejects.toThrow('all points are in use')
  })

  it('are tried in turn until one answers', async () => {
    const points = create()

    dial = async (address) => {
      if (address.includes('192.0.2.2')) {
        throw new Error('nobody there')
      }
    }

    expect(await ask(points)).toEqual(['/ip4/192.0.2.1/tcp/1'])
    expect(points.statuses).toMatchObject([
      { isCurrent: true, failures: 0, lastError: undefined },
      {
        isCurrent: false,
        failures: 1,
        lastError: { message: '/ip4/192.0.2.2/tcp/1: nobody there' }
      }
    ])
  })

  it('say what was wrong with each where none answers', async () => {
    const points = create()

    dial = (address) =>
      Promise.reject(new AggregateError([new Error(`no ${address}`), new Error('no way')]))

    const error = await ask(points).catch((error: unknown) => error)

    expect(error).toBeInstanceOf(NoPointError)
    expect((error as NoPointError).errors.map(({ message }) => message)).toEqual([
      '/ip4/192.0.2.2/tcp/1: no /ip4/192.0.2.2/tcp/1, no way',
      '/ip4/192.0.2.1/tcp/1: no /ip4/192.0.2.1/tcp/1, no way'
    ])
  })

  it('are asked eight things at a time', async () => {
    const [slot] = create().slots
    const answers: (() => void)[] = []
    const asked = Array.from({ length: 20 }, () =>
      slot?.ask(() => new Promise<void>((resolve) => answers.push(resolve)))
    )

    for (let answered = 0; answered < asked.length; answered++) {
      await expect.poll(() => answers.length).toBe(Math.min(answered + 8, asked.length))
      answers[answered]?.()
    }

    await Promise.all(asked)
  })

  it('let whoever waits for a turn go when its signal is aborted', async () => {
    const [slot] = create().slots
    const controller = new AbortController()
    const answers: (() => void)[] = []
    const ask = (signal?: AbortSignal) =>
      slot?.ask(() => new Promise<void>((resolve) => answers.push(resolve)), { signal })
    const first = Array.from({ length: 8 }, () => ask())
    const waiting = ask(controller.signal)

    await expect.poll(() => answers.length).toBe(8)
    controller.abort(new Error('enough'))

    await expect(waiting).rejects.toThrow('enough')

    for (const answer of answers) {
      answer()
    }

    await Promise.all(first)
  })
})
