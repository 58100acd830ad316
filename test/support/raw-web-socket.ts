import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Multiaddr } from '@multiformats/multiaddr'

/** What a peer sends to make a WebSocket of its connection. */
export const UPGRADE_REQUEST = [
  'GET / HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '',
  ''
].join('\r\n')

/** A TCP connection to the address, whatever the protocols over it. */
export async function connectTcp(address: Multiaddr): Promise<Socket> {
  const [, host = '', port] = /^\/ip[46]\/([^/]+)\/tcp\/(\d+)/.exec(address.toString()) ?? []
  const socket = connect(Number(port), host)

  await once(socket, 'connect')
  // Its end is what tests look at, and that may be a reset.
  socket.on('error', () => {})

  return socket
}

/** A WebSocket on which a test writes any bytes. */
export async function connectRawWebSocket(address: Multiaddr): Promise<Socket> {
  const socket = await connectTcp(address)

  socket.write(UPGRADE_REQUEST)
  await once(socket, 'data')

  return socket
}

/** The head of a binary message that comes in one frame; its mask leaves bytes as they are. */
export function frameHead(payloadBytes: number): Buffer {
  const head = Buffer.alloc(14)

  head.writeUInt8(0x82, 0)
  head.writeUInt8(0xff, 1)
  head.writeBigUInt64BE(BigInt(payloadBytes), 2)

  return head
}
