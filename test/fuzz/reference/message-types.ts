import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'

/** What proto/ defines, read by protobufjs: nothing of it is generated or shared with our code. */
const root = protobuf.loadSync(
  ['waku', 'libp2p', 'envelope', 'peer-record', 'waku-peer-record'].map((name) =>
    fileURLToPath(new URL(`../../../proto/${name}.proto`, import.meta.url))
  )
)

export const MESSAGE_TYPES = {
  waku: root.lookupType('WakuMessage'),
  libp2p: root.lookupType('Libp2pMessage'),
  envelope: root.lookupType('Envelope'),
  peerRecord: root.lookupType('PeerRecord'),
  wakuPeerRecord: root.lookupType('WakuPeerRecord')
}

/** @throws Error on what is no message of this type */
export function decodeReference<Fields>(type: protobuf.Type, bytes: Uint8Array): Fields {
  return type.toObject(type.decode(bytes), { longs: BigInt }) as Fields
}

/** Writes a message: zeros too, and nothing of what is `undefined`. 64-bit numbers are bigints. */
export function encodeReference(type: protobuf.Type, fields: object): Uint8Array {
  return new Uint8Array(type.encode(type.fromObject(fields)).finish())
}
