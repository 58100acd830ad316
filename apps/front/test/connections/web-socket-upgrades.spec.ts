import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describe, expect, it, vi } from 'vitest'
import { connectTcp, UPGRADE_REQUEST } from '../../../../test/support/raw-web-socket.ts'
import { ended, listenersOf, useWebSocketNode } from './web-socket-node.ts'

/** What comes ahead of a WebSocket: TLS, and a request of HTTP. */
describe('WebSocket connections that are none yet', () => {
  const webSockets = useWebSocketNode()

  it.each([
    ['sends nothing', ''],
    ['sends the head of a request slowly', 'GET / HTTP/1.1\r\nHost: ']
  ])('are not waited for when a peer %s', async (_what, text) => {
    const socket = await connectTcp(await webSockets().start({ handshakeMs: 200 }))

    socket.write(text)
    await ended(socket)

    expect(webSockets().rejected).toEqual(['websocket-upgrade'])
  })

  it('are not waited for when a peer begins TLS and no more', async () => {
    const point = await webSockets().start({ handshakeMs: 200 }, { transport: '/tls/ws' })
    const socket = await connectTcp(point)

    socket.write('\x16\x03\x01\x02\x00')
    await ended(socket)

    expect(webSockets().rejected).toEqual(['websocket-upgrade'])
  })

  it.each(['/ws', '/tls/ws'])(
    'outlive the deadline of their upgrade, over %s',
    async (transport) => {
      const point = await webSockets().start({ handshakeMs: 1000 }, { transport })
      const client = await webSockets().connectClient(point)

      // Its deadline is later than that of the client would be.
      await ended(await connectTcp(point))

      expect(await client.register('later')).toBe(0)
    }
  )

  it('wait for their upgrade up to a number, then the oldest is ended', async () => {
    const point = await webSockets().start({ pending: 2 })
    const oldest = await connectTcp(point)
    const other = await connectTcp(point)
    const newest = await connectTcp(point)

    await ended(oldest)

    expect([other, newest].map(({ closed }) => closed)).toEqual([false, false])
    expect(webSockets().rejected).toEqual(['websocket-upgrade'])
    other.destroy()
    newest.destroy()
  })

  it.each([
    [
      'a request for a page',
      'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      /^HTTP\/1.1 400 /
    ],
    ['nonsense', 'nonsense\r\n\r\n', /^HTTP\/1.1 400 /],
    [
      'a request for another protocol',
      UPGRADE_REQUEST.replace('websocket', 'h2c'),
      /^HTTP\/1.1 400 /
    ],
    ['a long head', `GET / HTTP/1.1\r\nA: ${'a'.repeat(8192)}\r\n`, /^HTTP\/1.1 431 /],
    ['TLS', '\x16\x03\x01\x02\x00', /^$/]
  ])('answer a peer who sends %s, and end', async (_what, request, answer) => {
    const point = await webSockets().start()
    const socket = await connectTcp(point)
    let answered = ''

    socket.on('data', (data) => {
      answered += String(data)
    })
    socket.write(request)
    await once(socket, 'close')

    expect(answered).toMatch(answer)
    expect(await (await webSockets().connectClient(point)).register('after')).toBe(0)
  })

  describe.each(['/ws', '/tls/ws'])('over %s', (transport) => {
    it.each([
      ['a page', 'GET / HTTP/1.1\r\nHost:\r\n\r\n'],
      ['a page of no host', 'GET / HTTP/1.1\r\n\r\n'],
      ['what has a body', 'POST / HTTP/1.1\r\nHost: l\r\nContent-Length: 9\r\n\r\n']
    ])(
      'answer a peer who asks for %s, and nothing that comes behind it',
      async (_what, request) => {
        const point = await webSockets().start({}, { transport })
        const [{ http, https }] = listenersOf(webSockets().node)
        const socket = await connectTcp(point)
        const wire = https == null ? socket : connectTls({ socket, rejectUnauthorized: false })
        const onRequest = vi.fn()
        let answered = ''

        wire.on('error', () => {})
        wire.on('data', (data) => {
          answered += String(data)
        })
        http?.on('request', onRequest)
        https?.on('request', onRequest)
        wire.write(request.repeat(1000) + UPGRADE_REQUEST)
        await once(wire, 'close')

        expect(answered.match(/HTTP\/1.1 .*/g)).toEqual(['HTTP/1.1 400 Bad Request'])
        expect(answered).toMatch(/\r\nConnection: close\r\n/)
        expect(onRequest.mock.calls.length).toBeLessThanOrEqual(1)
        expect(await (await webSockets().connectClient(point)).register('after')).toBe(0)
      }
    )
  })

  it('are not upgraded while the answer to a request ahead waits to be taken', async () => {
    const point = await webSockets().start()
    const [{ http }] = listenersOf(webSockets().node)
    const socket = await connectTcp(point)
    const page = 'GET / HTTP/1.1\r\nHost: l\r\n\r\n'
    const answering = Promise.withResolvers<Socket>()
    let answered = ''

    http?.prependListener('request', ({ socket: peer }) => {
      // Called once the answer is given: its end waits for what is not taken of it.
      vi.spyOn(peer, 'destroySoon').mockImplementation(() => answering.resolve(peer))
    })
    socket.on('data', (data) => {
      answered += String(data)
    })
    socket.write(page)

    const peer = await answering.promise

    socket.write(UPGRADE_REQUEST)
    await expect.poll(() => peer.bytesRead).toBe(page.length + UPGRADE_REQUEST.length)
    peer.end()
    await once(socket, 'close')

    expect(answered.match(/HTTP\/1.1 .*/g)).toEqual(['HTTP/1.1 400 Bad Request'])
  })

  it('that are not WebSockets yet hold up no stop', async () => {
    const socket = await connectTcp(await webSockets().start())

    await webSockets().node.stop()
    await expect(ended(socket)).resolves.toBeUndefined()
  })
})
