import { once } from 'node:events'
import { connect } from 'node:net'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { tcp } from '@libp2p/tcp'
import { getNetConfig } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { describe, expect, it, onTestFinished } from 'vitest'
import { negotiationLines } from '../../../../test/support/raw-muxer-peer.ts'
import { startBoundedNode } from './bounded-node.ts'

const MULTISTREAM = '/multistream/1.0.0'

/** A length of 65,535 bytes, and some of them. */
const NOISE_BEGINS = new Uint8Array(1000).fill(0xff)

const LENGTH_WITHOUT_END = new Uint8Array(16 * 1024).fill(0xff)

/** Lines that name none that is served; the line in front of them names none at all. */
const protocols = (count: number) => Array.from({ length: count }, (_, at) => `/none/${at}`)

const MALFORMED = {
  'has a length without an end': LENGTH_WITHOUT_END,
  'has a line that is too long': negotiationLines(MULTISTREAM, `/${'a'.repeat(1024)}`),
  'has a line without an end': Uint8Array.of(1, 0x41),
  'asks for a 16th protocol': negotiationLines(MULTISTREAM, ...protocols(16))
}

describe('a connection', () => {
  describe('ahead of its encryption', () => {
    async function send(bytes: Uint8Array) {
      const { point, rejected } = await startBoundedNode()
      const socket = connect(Number(getNetConfig(point).port), '127.0.0.1')
      const received: Buffer[] = []

      onTestFinished(() => {
        socket.destroy()
      })
      socket.on('error', () => {})
      socket.on('data', (data) => received.push(data))
      await once(socket, 'connect')
      socket.write(bytes)

      return { rejected, socket, answer: () => Buffer.concat(received).toString('latin1') }
    }

    it.each(Object.entries(MALFORMED))('is ended when it %s', async (_name, bytes) => {
      const { rejected, socket } = await send(bytes)

      await expect.poll(() => socket.closed).toBe(true)
      expect(rejected).toEqual(['negotiation'])
    })

    it('may ask for 14 that are not served, and noise', async () => {
      const { rejected, socket, answer } = await send(
        // What follows is the beginning of a handshake.
        Buffer.concat([negotiationLines(MULTISTREAM, ...protocols(14), '/noise'), NOISE_BEGINS])
      )

      await expect.poll(answer).toMatch(/noise/)
      expect(rejected).toEqual([])
      expect(socket.closed).toBe(false)
    })
  })

  describe('ahead of its muxer', () => {
    it.each(Object.entries(MALFORMED))('is ended when it %s', async (_name, bytes) => {
      const { point, rejected } = await startBoundedNode()

      await expect(dial(point, bytes)).rejects.toThrow()
      await expect.poll(() => rejected).toEqual(['negotiation'])
    })

    it('is opened when its peer agrees without haste', async () => {
      const { point, rejected } = await startBoundedNode()
      const connection = await dial(point)

      expect(connection.status).toBe('open')
      expect(connection.multiplexer).toBe('/yamux/1.0.0')
      expect(rejected).toEqual([])
    })

    /** Negotiates after the handshake, as Rust does, with some bytes of its own in front. */
    async function dial(point: Multiaddr, bytes?: Uint8Array) {
      const node = await createLibp2p({
        transports: [tcp()],
        connectionEncrypters: [
          (components) => {
            const encrypter = noise()(components)
            const secureOutbound = encrypter.secureOutbound.bind(encrypter)

            encrypter.secureOutbound = async (connection, options) => {
              const secured = await secureOutbound(connection, {
                ...options,
                skipStreamMuxerNegotiation: true
              })

              if (bytes != null) {
                secured.connection.send(bytes)
              }

              return secured
            }

            return encrypter
          }
        ],
        streamMuxers: [yamux()],
        connectionMonitor: { enabled: false }
      })

      onTestFinished(async () => node.stop())

      return node.dial(point)
    }
  })
})
