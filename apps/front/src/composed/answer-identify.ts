import { publicKeyToProtobuf } from '@libp2p/crypto/keys'
import type { Connection, PrivateKey, Startable, Stream } from '@libp2p/interface'
import type { Registrar } from '@libp2p/interface-internal'
import type { Multiaddr } from '@multiformats/multiaddr'
import { sealPeerRecord } from '@rendezvous-cluster/client'
import { encodeFields } from '@rendezvous-cluster/rendezvous'
import { encodeFrame } from '@rendezvous-cluster/wire'

/** @see https://github.com/libp2p/specs/blob/master/identify/README.md#identify */
const IDENTIFY_PROTOCOL = '/ipfs/id/1.0.0'
const PROTOCOL_VERSION = 'ipfs/0.1.0'

/** Field numbers of the message, by the specification. */
const FIELD = {
  publicKey: 1,
  listenAddrs: 2,
  protocols: 3,
  observedAddr: 4,
  protocolVersion: 5,
  agentVersion: 6,
  signedPeerRecord: 8
} as const

/** Streams of one connection at once. */
const STREAMS_MAX = 2

export interface AnswerIdentifyInit {
  privateKey: PrivateKey
  agentVersion: string
  /** Those that peers are told. */
  addresses: () => readonly Multiaddr[]
}

/**
 * Tells peers who this node is and where they have come from. All but the latter is the same for all
 * of them: it is sealed and written once, until addresses or protocols change.
 */
export function answerIdentify(
  init: AnswerIdentifyInit,
  registrar: Pick<Registrar, 'handle' | 'unhandle' | 'getProtocols'>
): Startable {
  let known = { key: '', message: Promise.resolve<Uint8Array>(new Uint8Array()) }

  function messageForAll(): Promise<Uint8Array> {
    const addresses = init.addresses()
    const protocols = registrar.getProtocols()
    const key = [...addresses.map(String), ...protocols].join(' ')

    if (known.key !== key) {
      const message = encode(init, addresses, protocols)

      known = { key, message }
      message.catch(() => {
        known = { ...known, key: '' }
      })
    }

    return known.message
  }

  async function answer(stream: Stream, { remoteAddr }: Connection): Promise<void> {
    const observed = encodeFields([[FIELD.observedAddr, remoteAddr.bytes]])

    stream.send(encodeFrame(Buffer.concat([await messageForAll(), observed])))
    await stream.close()
  }

  return {
    start: () => registrar.handle(IDENTIFY_PROTOCOL, answer, { maxInboundStreams: STREAMS_MAX }),
    stop: () => registrar.unhandle(IDENTIFY_PROTOCOL)
  }
}

async function encode(
  { privateKey, agentVersion }: AnswerIdentifyInit,
  addresses: readonly Multiaddr[],
  protocols: readonly string[]
): Promise<Uint8Array> {
  const bytesOf = (text: string) => new TextEncoder().encode(text)

  return encodeFields([
    [FIELD.publicKey, publicKeyToProtobuf(privateKey.publicKey)],
    ...addresses.map(({ bytes }) => [FIELD.listenAddrs, bytes] as [number, Uint8Array]),
    ...protocols.map((each) => [FIELD.protocols, bytesOf(each)] as [number, Uint8Array]),
    [FIELD.protocolVersion, bytesOf(PROTOCOL_VERSION)],
    [FIELD.agentVersion, bytesOf(agentVersion)],
    [FIELD.signedPeerRecord, await sealPeerRecord(privateKey, [...addresses])]
  ])
}
