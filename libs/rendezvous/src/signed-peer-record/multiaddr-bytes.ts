import { registry } from '@multiformats/multiaddr'
import { decode as decodeVarint, encodingLength } from 'uint8-varint'

/** Codes of protocols whose value is looked at. @see https://github.com/multiformats/multiaddr/blob/master/protocols.csv */
const Code = {
  IP6ZONE: 42,
  DNS: 53,
  DNS4: 54,
  DNS6: 55,
  DNSADDR: 56,
  UNIX: 400,
  P2P: 421,
  SNI: 449,
  HTTP_PATH: 481
} as const

const TEXT_CODES: ReadonlySet<number> = new Set([
  Code.IP6ZONE,
  Code.DNS,
  Code.DNS4,
  Code.DNS6,
  Code.DNSADDR,
  Code.UNIX,
  Code.SNI
])

/** Least first byte of a character that takes four in UTF-8, and two units in UTF-16. */
const FOUR_BYTES = 0xf0

/** First bytes of a peer id: the key itself, or its SHA-256. */
const Multihash = { IDENTITY: 0x00, SHA2_256: 0x12 } as const

/** Longest key that is its own peer id, in bytes. */
const IDENTITY_BYTES_MAX = 42

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** One part of a multiaddr, such as `/tcp/4001`. */
export interface MultiaddrPart {
  /** Of its protocol. @see https://github.com/multiformats/multiaddr/blob/master/protocols.csv */
  code: number
  /** Without its length; empty for a protocol that has none. */
  value: Uint8Array
}

/**
 * The parts of one multiaddr in their order, in time linear in its length. The library turns each
 * into text, for which a long `/p2p` takes milliseconds.
 *
 * @throws Error on an unknown protocol, and where a part is cut off
 */
export function* multiaddrParts(bytes: Uint8Array): Generator<MultiaddrPart> {
  let offset = 0

  while (offset < bytes.byteLength) {
    const code = readVarint()
    const size = valueBytes(code)
    const value = bytes.subarray(offset, offset + size)

    offset += size

    if (offset > bytes.byteLength) {
      throw new RangeError('the address ends inside of a part')
    }

    yield { code, value }
  }

  function valueBytes(code: number): number {
    // Throws on a code that it does not know.
    const { size = 0 } = registry.getProtocol(code)

    if (size >= 0) {
      return size / 8
    }

    const bytes = readVarint()

    if (bytes === 0) {
      throw new Error('a part without its value')
    }

    return bytes
  }

  function readVarint(): number {
    const value = decodeVarint(bytes, offset)

    offset += encodingLength(value)

    if ((bytes[offset - 1] as number) >= 0x80) {
      throw new Error('a number that is longer than it needs to be')
    }

    return value
  }
}

/**
 * Checks that bytes are one multiaddr that other implementations read too.
 *
 * @throws Error on anything else
 */
export function assertMultiaddr(bytes: Uint8Array): void {
  if (bytes.byteLength === 0) {
    throw new Error('empty address')
  }

  for (const { code, value } of multiaddrParts(bytes)) {
    if (code === Code.P2P) {
      assertPeerId(value)
    } else if (TEXT_CODES.has(code)) {
      assertName(value, code)
    } else if (code === Code.HTTP_PATH && (value[0] as number) >= FOUR_BYTES) {
      // Readers of the library drop the first unit, and throw for the rest of the character.
      throw new Error('a path that begins with half a character')
    }
  }
}

/** In the text of an address a slash would begin another part; a path may have them. */
function assertName(bytes: Uint8Array, code: number): void {
  const name = utf8.decode(bytes)

  if (name.includes('\0') || (name.includes('/') && code !== Code.UNIX)) {
    throw new Error('a part that is no name')
  }
}

function assertPeerId(multihash: Uint8Array): void {
  const [code, length] = multihash
  const digestBytes = multihash.byteLength - 2
  const isSound =
    length === digestBytes &&
    ((code === Multihash.IDENTITY && digestBytes <= IDENTITY_BYTES_MAX) ||
      (code === Multihash.SHA2_256 && digestBytes === 32))

  if (!isSound) {
    throw new Error('a part that is no peer id')
  }
}
