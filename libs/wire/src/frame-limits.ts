/** Most bytes of a request, without its length prefix: a 4 KiB envelope and a namespace fit twice. */
export const REQUEST_FRAME_BYTES_MAX = 8192

/** Most bytes of a response, its length prefix included. Rust peers read no more than 1 MiB.
 *  @see https://github.com/libp2p/rust-libp2p/blob/master/protocols/rendezvous/src/codec.rs */
export const RESPONSE_FRAME_BYTES_MAX = 1024 * 1024

/** Most bytes a client reads as one response: what Go and Nim servers send at most. */
export const RECEIVED_FRAME_BYTES_MAX = 4 * 1024 * 1024

/** Most bytes of a length prefix; enough for every limit above. */
export const LENGTH_PREFIX_BYTES_MAX = 4
