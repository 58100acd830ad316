import { multiaddr } from '@multiformats/multiaddr'
import { ADDRESS_BYTES_MAX } from '@rendezvous-cluster/rendezvous'
import { assertMultiaddr } from '../../../libs/rendezvous/dist/signed-peer-record/multiaddr-bytes.js'
import { refusalsOf } from '../differences/multiaddr-refusals.ts'
import { randomMultiaddr, randomParts, SOUND_MULTIADDRS } from '../generate/multiaddrs.ts'
import { mutateBytes } from '../mutate/byte-mutations.ts'
import { DifferenceError, type FuzzTarget } from '../target.ts'

/** No address passes that the library cannot read, and what it reads passes or breaks a rule. */
export const multiaddrTarget: FuzzTarget = {
  name: 'multiaddr',
  slowMs: 100,
  inputBytesMax: ADDRESS_BYTES_MAX,
  seeds: () => [...SOUND_MULTIADDRS],
  generate: (random) => (random.chance(0.3) ? randomMultiaddr(random) : randomParts(random)),
  mutate: mutateBytes,

  execute(address) {
    const ours = errorOf(() => assertMultiaddr(address))
    const theirs = errorOf(() => multiaddr(address).toString())

    if (ours == null && theirs != null) {
      throw new DifferenceError(`passes, and cannot be read: ${theirs.message}`)
    }

    if (ours == null || theirs != null) {
      return []
    }

    const refusals = refusalsOf(address)

    if (refusals.length === 0) {
      throw new DifferenceError(`can be read, and is refused: ${ours.message}`)
    }

    return refusals
  }
}

function errorOf(action: () => void): Error | undefined {
  try {
    action()

    return undefined
  } catch (error) {
    return error as Error
  }
}
