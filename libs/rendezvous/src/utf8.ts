const decoder = new TextDecoder('utf-8', { fatal: true })

/** Whether bytes are text, in UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes)

    return true
  } catch {
    // The only way in which a fatal decoder says no.
    return false
  }
}
