import { type Connection, type Libp2pEvents, TypedEventEmitter } from '@libp2p/interface'
import type { ConnectionManager } from '@libp2p/interface-internal'
import { describe, expect, it } from 'vitest'
import { OpenConnections } from '../../src/connections/open-connections.ts'

describe('the open connections', () => {
  function start() {
    const events = new TypedEventEmitter<Libp2pEvents>()
    const connectionManager = { getConnections: () => ['those of one peer'] }
    const open = new OpenConnections(
      {
        connectionManager: connectionManager as unknown as ConnectionManager,
        events
      },
      () => 7
    )

    open.start()

    return { events, connectionManager: connectionManager as unknown as ConnectionManager, open }
  }

  const connection = (status: Connection['status'] = 'open') => ({ status }) as Connection

  it('are what libp2p is told when it asks for all', () => {
    const { events, connectionManager, open } = start()
    const [first, second] = [connection(), connection()]

    events.safeDispatchEvent('connection:open', { detail: first })
    events.safeDispatchEvent('connection:open', { detail: second })
    events.safeDispatchEvent('connection:close', { detail: first })

    expect(connectionManager.getConnections()).toEqual([second])
    expect([...open]).toEqual([[second, 7]])
  })

  it('are found by libp2p itself when it asks for those of one peer', () => {
    const { connectionManager } = start()

    expect(connectionManager.getConnections({} as never)).toEqual(['those of one peer'])
  })

  it('are without one that ended while it was made', () => {
    const { events, open } = start()

    events.safeDispatchEvent('connection:open', { detail: connection('closed') })

    expect([...open]).toEqual([])
  })

  it('are forgotten at a stop', () => {
    const { events, open } = start()

    events.safeDispatchEvent('connection:open', { detail: connection() })
    open.stop()

    expect(open.size).toBe(0)
  })
})
