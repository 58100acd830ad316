import { type NoiseComponents, noise } from '@chainsafe/libp2p-noise'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { MessageStream, Upgrader } from '@libp2p/interface'
import { type TCPComponents, tcp } from '@libp2p/tcp'
import { lpStream } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import { onTestFinished } from 'vitest'
import type { TcpConnection } from '../../src/connections/write-at-once.ts'
import { SILENT } from '../../src/libp2p-logger.ts'

export interface HeldHandshakeInit {
  /** To be agreed within the handshake. Default: none is. */
  muxer?: string
}

/** A peer that has all it needs to end its handshake, and has not sent its last message yet. */
export interface HeldHandshake {
  connection: TcpConnection
  /** What is sent through it is held back too. */
  encrypted: MessageStream
  /** Puts bytes as they are behind what is held back. */
  hold(bytes: Uint8Array): void
  /** Sends all that is held back in one piece. */
  release(): void
}

export async function holdHandshake(
  point: Multiaddr,
  { muxer }: HeldHandshakeInit = {}
): Promise<HeldHandshake> {
  const connection = await dialTcp(point)
  const { send } = connection
  const held: Uint8Array[] = []
  let sent = 0

  await agreeOnNoise(connection)
  connection.send = (data) => {
    // The first message, without which the other side would not answer.
    if (++sent === 1) {
      return send.call(connection, data)
    }

    held.push(data.slice())

    return true
  }

  const encrypter = noise()({
    privateKey: await generateKeyPair('Ed25519'),
    logger: { forComponent: () => SILENT },
    upgrader: { getStreamMuxers: () => new Map(muxer == null ? [] : [[muxer, {}]]) }
  } as unknown as NoiseComponents)
  const { connection: encrypted } = await encrypter.secureOutbound(connection, {
    skipStreamMuxerNegotiation: muxer == null
  })

  return {
    connection,
    encrypted,
    hold: (bytes) => void held.push(bytes),
    release: () => void send.call(connection, Buffer.concat(held.splice(0)))
  }
}

async function dialTcp(point: Multiaddr): Promise<TcpConnection> {
  const upgradeOutbound = async (connection: unknown) => connection
  const transport = tcp()({ logger: { forComponent: () => SILENT } } as unknown as TCPComponents)
  const connection = (await transport.dial(point, {
    signal: new AbortController().signal,
    upgrader: { upgradeOutbound } as unknown as Upgrader
  })) as unknown as TcpConnection

  onTestFinished(() => connection.abort(new Error('the test is over')))

  return connection
}

async function agreeOnNoise(connection: TcpConnection): Promise<void> {
  const lines = lpStream(connection)

  await lines.writeV([Buffer.from('/multistream/1.0.0\n'), Buffer.from('/noise\n')])
  await lines.read()
  await lines.read()
  lines.unwrap()
}
