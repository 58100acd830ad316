/** Bytes of bookkeeping counted per copy: many are of namespaces that nobody registered in. */
const COPY_BYTES = 512

/** Bytes of bookkeeping counted per registration in it. */
const MEMBER_BYTES = 256

/** What a copy of some registrations is counted as, in bytes. */
export function bytesOfCopy(members: Iterable<{ record: Uint8Array } | undefined>): number {
  let bytes = COPY_BYTES

  for (const member of members) {
    bytes += member == null ? 0 : MEMBER_BYTES + member.record.byteLength
  }

  return bytes
}
