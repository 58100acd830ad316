import type { PrivateKey } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { ADDRESS_BYTES_MAX, ADDRESSES_MAX, type RecordKind } from '@rendezvous-cluster/rendezvous'
import { privateRangeOf } from './private-range.ts'
import { sealPeerRecord } from './seal-peer-record.ts'
import { withoutPeerId } from './without-peer-id.ts'

export interface OwnRecordInit {
  privateKey: PrivateKey
  /** Where this peer can be reached now. */
  addresses: () => Multiaddr[]
}

/** The signed record that this peer registers with: sealed once for each set of addresses. */
export class OwnRecord {
  readonly #init: OwnRecordInit
  readonly #sealed = new Map<RecordKind, Uint8Array>()
  #sealedFor = ''

  constructor(init: OwnRecordInit) {
    this.#init = init
  }

  /**
   * What can be registered of the addresses: public ones first, as many as points take, each
   * without the peer id that the record names anyway.
   */
  addresses(): Multiaddr[] {
    const { addresses } = this.#init
    const own = addresses().map(withoutPeerId).filter(isDialable)
    const isPublic = (address: Multiaddr): boolean => privateRangeOf(address) == null
    const ordered = [...own.filter(isPublic), ...own.filter((address) => !isPublic(address))]
    let bytes = 0

    return ordered.slice(0, ADDRESSES_MAX).filter((address) => {
      bytes += address.bytes.byteLength

      return bytes <= ADDRESS_BYTES_MAX
    })
  }

  /** `undefined` while there are no addresses. */
  async seal(kind: RecordKind): Promise<Uint8Array | undefined> {
    const addresses = this.addresses()
    const key = String(addresses)

    if (addresses.length === 0) {
      return undefined
    }

    if (key !== this.#sealedFor) {
      this.#sealedFor = key
      this.#sealed.clear()
    }

    const sealed =
      this.#sealed.get(kind) ?? (await sealPeerRecord(this.#init.privateKey, addresses, { kind }))

    if (key === this.#sealedFor) {
      this.#sealed.set(kind, sealed)
    }

    return sealed
  }
}

/** Others need a place to go to: `/webrtc` or `/p2p-circuit` alone is none. */
function isDialable(address: Multiaddr): boolean {
  return /^\/(ip4|ip6|dns|dns4|dns6|dnsaddr)\//.test(address.toString())
}
