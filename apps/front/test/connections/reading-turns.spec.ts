import { setImmediate as immediate } from 'node:timers/promises'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { EventLoopTurns } from '@rendezvous-cluster/point'
import { describe, expect, it } from 'vitest'
import { type PausingConnection, readInTurns } from '../../src/connections/reading-turns.ts'

/** Arrivals that a connection has at once in a row. */
const AT_ONCE = 64

/** Of a connection at the point what is needed to see what is handled when. */
function createConnection(turns: EventLoopTurns, forWhom: string) {
  const [, inbound] = multiaddrConnectionPair()
  const connection = inbound as PausingConnection & { onTransportClosed(): void }
  const handled: number[] = []

  readInTurns(connection, turns, forWhom)
  inbound.addEventListener('message', ({ data }) => handled.push(...data.subarray()))

  return {
    connection,
    handled,
    arrive: (...bytes: number[]) => connection.onData?.(Uint8Array.from(bytes))
  }
}

function createBusy() {
  const turns = new EventLoopTurns()
  const busy = createConnection(turns, 'busy')

  for (let byte = 0; byte < AT_ONCE; byte++) {
    busy.arrive(byte)
  }

  // Takes the turn of this turn of the event loop.
  void turns.next('another')

  return { turns, busy }
}

describe('what comes on a connection', () => {
  it('is handled at once, if it is not much', () => {
    const { busy } = createBusy()

    expect(busy.handled).toHaveLength(AT_ONCE)
  })

  it('waits for its turn beyond that, and nothing more is read meanwhile', async () => {
    const { busy } = createBusy()

    busy.arrive(100)
    busy.arrive(101)

    expect(busy.handled).toHaveLength(AT_ONCE)
    expect(busy.connection.readStatus).toBe('paused')

    await immediate()
    await immediate()

    expect(busy.handled.slice(AT_ONCE)).toEqual([100, 101])
    expect(busy.connection.readStatus).toBe('readable')
  })

  it('is handled 512 bytes in a turn', async () => {
    const { busy } = createBusy()
    const counts: number[] = []

    busy.arrive(...Array.from({ length: 1300 }, () => 100))

    for (let turn = 0; turn < 5; turn++) {
      counts.push(busy.handled.length - AT_ONCE)
      await immediate()
    }

    expect(counts).toEqual([0, 512, 1024, 1300, 1300])
    expect(busy.connection.readStatus).toBe('readable')
  })

  it('waits for its turn if it is more than that at once, the first time too', async () => {
    const turns = new EventLoopTurns()
    const big = createConnection(turns, 'big')

    void turns.next('another')
    big.arrive(...Array.from({ length: 513 }, () => 1))
    expect(big.handled).toHaveLength(0)

    await immediate()
    await immediate()
    expect(big.handled).toHaveLength(513)
  })

  it('does not wait for what comes on others', () => {
    const { turns, busy } = createBusy()
    const quiet = createConnection(turns, 'quiet')

    busy.arrive(100)
    quiet.arrive(1)

    expect(quiet.handled).toEqual([1])
  })

  it('takes no turn once its transport has ended', async () => {
    const { turns, busy } = createBusy()
    const begun: string[] = []

    busy.arrive(100)
    busy.connection.onTransportClosed()
    void turns.next('next').then(() => begun.push('next'))
    await immediate()
    await immediate()

    expect(begun).toEqual(['next'])
    expect(busy.handled).toHaveLength(AT_ONCE)
  })

  it('takes no turn once it has ended', async () => {
    const { turns, busy } = createBusy()
    const begun: string[] = []

    busy.arrive(100)
    busy.connection.abort(new Error('has ended'))
    void turns.next('next').then(() => begun.push('next'))
    await immediate()
    await immediate()

    expect(begun).toEqual(['next'])
    expect(busy.handled).toHaveLength(AT_ONCE)
  })
})
