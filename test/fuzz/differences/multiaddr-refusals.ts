import { registry } from '@multiformats/multiaddr'
import { readVarint, varint } from '../../conformance/protobuf.ts'

/** One part of an address. */
interface Part {
  name: string
  value: Uint8Array
  /** Whether its code and length are in the fewest bytes. */
  isShort: boolean
  /** Whether the address does not end inside of it. */
  isWhole: boolean
}

/** Known to the library as the text of a slash. */
const EMPTY = { name: 'address: empty', reason: 'It leads nowhere.' }

interface Refusal {
  name: string
  reason: string
  isIn: (part: Part) => boolean
}

const NAMES = new Set(['ip6zone', 'dns', 'dns4', 'dns6', 'dnsaddr', 'sni'])
const SHA2_256 = 0x12
const IDENTITY = 0x00

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** What is refused of a part. */
const REFUSALS: readonly Refusal[] = [
  {
    name: 'address: number in more bytes than it needs',
    reason: 'Go and Rust refuse it.',
    isIn: ({ isShort }) => !isShort
  },
  {
    name: 'address: ends inside of a part',
    reason: 'The library takes what there is for the value.',
    isIn: ({ isWhole }) => !isWhole
  },
  {
    name: 'address: part without its value',
    reason: 'Go and Rust refuse it.',
    isIn: ({ name, value }) => value.byteLength === 0 && isOfAnyLength(name)
  },
  {
    name: 'address: name that is none',
    reason:
      'A zero or a slash in a name makes another address of it in text, and bytes that are no UTF-8 none at all.',
    isIn: ({ name, value }) =>
      name === 'unix' ? /\0/.test(textOf(value)) : NAMES.has(name) && /[\0/]/.test(textOf(value))
  },
  {
    name: 'address: path that begins with four bytes',
    reason: 'The library throws for a character there that takes four bytes; others it reads.',
    isIn: ({ name, value }) => name === 'http-path' && (value[0] ?? 0) >= 0xf0
  },
  {
    name: 'address: peer id of another form',
    reason: 'No peer id is anything else than a key of at most 42 bytes or a SHA-256.',
    isIn: ({ name, value }) => name === 'p2p' && !isPeerId(value)
  }
]

/** What the library reads and we refuse, since other implementations do not read it. */
export const MULTIADDR_RULES: readonly { name: string; reason: string }[] = [EMPTY, ...REFUSALS]

/** Why we refuse an address: the names of all reasons that apply. */
export function refusalsOf(address: Uint8Array): string[] {
  if (address.byteLength === 0) {
    return [EMPTY.name]
  }

  const parts = [...partsOf(address)]

  return REFUSALS.filter(({ isIn }) => parts.some(isIn)).map(({ name }) => name)
}

/** Up to the first part that is not written as it should be: what follows depends on the reader. */
function* partsOf(address: Uint8Array): Generator<Part> {
  for (let offset = 0; offset < address.byteLength; ) {
    const part = partAt(address.subarray(offset))

    yield part

    if (!part.isShort || !part.isWhole) {
      return
    }

    offset += part.byteLength
  }
}

function partAt(bytes: Uint8Array): Part & { byteLength: number } {
  const code = numberAt(bytes, 0)
  const { name, size = 0 } = registry.getProtocol(code.value)
  const length =
    size < 0 ? numberAt(bytes, code.byteLength) : { value: size / 8, byteLength: 0, isShort: true }
  const valueAt = code.byteLength + length.byteLength
  const byteLength = valueAt + length.value

  return {
    name,
    value: bytes.subarray(valueAt, byteLength),
    isShort: code.isShort && length.isShort,
    isWhole: byteLength <= bytes.byteLength,
    byteLength
  }
}

function numberAt(
  bytes: Uint8Array,
  offset: number
): { value: number; byteLength: number; isShort: boolean } {
  const [number, byteLength] = readVarint(bytes.subarray(offset)) ?? [0n, bytes.byteLength]

  return {
    value: Number(number),
    byteLength,
    isShort: byteLength === varint(number).byteLength
  }
}

function isOfAnyLength(name: string): boolean {
  return (registry.getProtocol(name).size ?? 0) < 0
}

/** With a zero in place of what is no text. */
function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    // The only way in which a fatal decoder says no.
    return '\0'
  }
}

function isPeerId(multihash: Uint8Array): boolean {
  const [code, length] = multihash

  return (
    length != null &&
    length === multihash.byteLength - 2 &&
    ((code === IDENTITY && length <= 42) || (code === SHA2_256 && length === 32))
  )
}
