/** A peer id's bytes as a string of code points 0-255, to be a key of a map. */
export function peerKey(peerId: Uint8Array): string {
  return Buffer.from(peerId.buffer, peerId.byteOffset, peerId.byteLength).toString('latin1')
}
