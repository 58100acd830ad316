import { RECORD_KINDS, type RecordKind } from '@rendezvous-cluster/rendezvous'
import { decodeCookie, encodeCookie } from '../../../libs/wire/dist/cookie.js'
import { joined } from '../../conformance/protobuf.ts'
import { randomCookie, randomNamespace } from '../generate/messages.ts'
import { mutateBytes } from '../mutate/byte-mutations.ts'
import { referenceCookie } from '../reference/reference-cookie.ts'
import { assertInvariant, DifferenceError, describeValue, type FuzzTarget } from '../target.ts'

/**
 * Cookies say what they say to another reader, and are read again as we write them.
 *
 * An input is the length of a namespace in one byte, the namespace, and the cookie.
 */
export const cookieTarget: FuzzTarget = {
  name: 'cookie',
  slowMs: 100,
  inputBytesMax: 1024,

  generate(random) {
    const namespace = randomNamespace(random).subarray(0, 255)

    return joined(Uint8Array.of(namespace.byteLength), namespace, randomCookie(random, namespace))
  },

  mutate: mutateBytes,

  execute(input) {
    const [namespaceBytes = 0] = input
    const namespace = input.subarray(1, 1 + namespaceBytes)
    const cookie = input.subarray(1 + namespaceBytes)
    const ours = describeValue({ from: decodeCookie(cookie, namespace) })
    const theirs = describeValue({ from: referenceCookie(cookie, namespace) })

    if (ours !== theirs) {
      throw new DifferenceError(`ours: ${ours}, theirs: ${theirs}`)
    }

    assertWrittenAlike(cookie, namespace)

    return []
  }
}

function assertWrittenAlike(bytes: Uint8Array, namespace: Uint8Array): void {
  const kinds = [undefined, ...(Object.keys(RECORD_KINDS) as RecordKind[])]
  const cursor = Buffer.concat([new Uint8Array(6), bytes])
    .subarray(-6)
    .readUIntBE(0, 6)
  const start = { cursor, kind: kinds[cursor % kinds.length] }
  const read = decodeCookie(encodeCookie(start, namespace), namespace)

  assertInvariant(
    describeValue(read) === describeValue(start),
    `${describeValue(start)} is read as ${describeValue(read)}`
  )
}
