/** Most bytes a namespace may have in any dialect; a dialect may allow fewer.
 *  @see https://github.com/libp2p/specs/blob/master/rendezvous/README.md#recommendations-for-rendezvous-points-configurations */
export const NAMESPACE_BYTES_MAX = 256

/** Most bytes of a signed envelope. Room for 32 addresses and an RSA-8192 key; far below the frame limit of every peer. */
export const ENVELOPE_BYTES_MAX = 4096

/** Most addresses in one peer record. A peer that lists more is listing somebody else's. */
export const ADDRESSES_MAX = 32

/** Most bytes of all addresses of one record together, as in the seed implementation. */
export const ADDRESS_BYTES_MAX = 2048

/** Most registrations one DISCOVER returns, and the number returned when it names no limit.
 *  @see https://github.com/libp2p/specs/blob/master/rendezvous/README.md#recommendations-for-rendezvous-points-configurations */
export const DISCOVER_LIMIT_MAX = 1000

/** Namespaces one peer may be registered in at a time, over all front nodes.
 *  @see https://github.com/libp2p/specs/blob/master/rendezvous/README.md#recommendations-for-rendezvous-points-configurations */
export const REGISTRATIONS_PER_PEER_MAX = 1000

/** Registrations in one namespace. A namespace has one home in the store: beyond, use several. */
export const REGISTRATIONS_PER_NAMESPACE_MAX = 1_000_000

/** Namespaces in all. One peer alone can take a hundredth of them, by {@link REGISTRATIONS_PER_PEER_MAX}. */
export const NAMESPACES_MAX = 100_000

/** Milliseconds a registration outlives its TTL: Go peers refresh exactly when it ends and would blink out otherwise. */
export const GRACE_MS = 2000

/** Envelopes remembered per connection, so that a byte-identical refresh is not verified again. */
export const VERIFIED_ENVELOPES_MAX = 4

/** Smallest RSA modulus accepted, in bits, as Go peers have it.
 *  @see https://github.com/libp2p/go-libp2p/blob/master/core/crypto/rsa_common.go */
export const RSA_MODULUS_BITS_MIN = 2048

/** Largest RSA modulus accepted, in bits, as Go peers have it. What one verification costs grows with it. */
export const RSA_MODULUS_BITS_MAX = 8192

/** Largest RSA public exponent accepted, in bits. A large exponent makes one verification cost milliseconds. */
export const RSA_EXPONENT_BITS_MAX = 32
