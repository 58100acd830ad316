import { once } from 'node:events'
import { connect } from 'node:net'
import { type FastifyInstance, fastify } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OverviewMoment } from '../src/overview-history.ts'
import { PrometheusMetrics } from '../src/prometheus-metrics.ts'
import { createSidecar } from '../src/sidecar.ts'
import { LISTENERS_MAX, StatusEvents } from '../src/status-events.ts'
import { sampleOverview } from './sample-overview.ts'

const overview = sampleOverview({
  history: [{ atMs: 1_800_000_000_000, connections: 3, requestsPerSecond: 4.5 }]
})

describe('events of the sidecar', () => {
  let sidecar: ReturnType<typeof createSidecar>
  let url: string
  let listening: AbortController

  beforeEach(async () => {
    listening = new AbortController()
    sidecar = createSidecar({
      metrics: new PrometheusMetrics({ version: '1.2.3', connections: () => 0 }),
      node: () => {
        throw new Error('not asked for')
      },
      cluster: () => ({ nodes: [] }),
      status: () => overview,
      isReady: () => true
    })
    url = await sidecar.listen({ host: '127.0.0.1', port: 0 })
  })

  afterEach(async () => {
    listening.abort()
    await sidecar.close()
  })

  async function listen(): Promise<Response> {
    return fetch(`${url}/api/v1/events`, { signal: listening.signal })
  }

  async function readEvents(response: Response, count: number): Promise<unknown[]> {
    const events: unknown[] = []
    let text = ''

    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk

      const whole = text.split('\n\n')

      text = whole.pop() as string
      events.push(...whole.map((event) => JSON.parse(event.replace(/^data: /, ''))))

      if (events.length >= count) {
        break
      }
    }

    return events
  }

  it('tell the status, with the history at first and without from then on', async () => {
    const response = await listen()
    const { history, ...rest } = overview

    expect(response.headers.get('content-type')).toContain('text/event-stream')
    expect(await readEvents(response, 2)).toEqual([{ ...rest, history }, rest])
  })

  it('are for so many listeners at a time, and for others once one has gone', async () => {
    const first = new AbortController()

    await fetch(`${url}/api/v1/events`, { signal: first.signal })

    for (let count = 1; count < LISTENERS_MAX; count++) {
      await listen()
    }

    const refused = await listen()

    expect(refused.status).toBe(503)
    expect(await refused.json()).toEqual({ error: expect.stringContaining('/api/v1/status') })
    first.abort()
    await expect
      .poll(async () => {
        // Those that are refused keep no place.
        const { status } = await listen()

        return status
      })
      .toBe(200)
  })

  it('keep no sidecar from closing', async () => {
    const response = await listen()

    await sidecar.close()

    await expect(readEvents(response, 10)).rejects.toThrow()
  })

  it('are not sent to who only asks for something else', async () => {
    const response = await fetch(`${url}/api/v1/events`, {
      headers: { accept: 'application/json' },
      signal: listening.signal
    })

    expect(response.status).toBe(406)
  })

  it('are not for HEAD, which would take the place of a listener', async () => {
    const { status } = await fetch(`${url}/api/v1/events`, {
      method: 'HEAD',
      signal: AbortSignal.timeout(5000)
    })

    expect(status).toBe(404)
  })

  it('let go a listener that reads nothing', async () => {
    // More than systems keep for a connection.
    const [moment] = overview.history
    const history = Array.from({ length: 200_000 }, () => moment as OverviewMoment)
    const slow = fastify()

    new StatusEvents(() => ({ ...overview, history }), 10).serve(slow)

    const { hostname, port } = new URL(await slow.listen({ host: '127.0.0.1', port: 0 }))
    const socket = connect(Number(port), hostname)

    try {
      socket.write('GET /api/v1/events HTTP/1.1\r\nhost: x\r\n\r\n')
      await once(socket, 'readable')
      await expect.poll(() => connectionsOf(slow), { timeout: 10_000 }).toBe(0)
    } finally {
      socket.destroy()
      await slow.close()
    }
  })
})

function connectionsOf({ server }: FastifyInstance): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()

  server.getConnections((error, count) => (error == null ? resolve(count) : reject(error)))

  return promise
}
