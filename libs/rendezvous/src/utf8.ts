const decoder = new TextDecoder('utf-8', { fatal: true })

export function isUtf8(bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes)

    return true
  } catch {
    // The only way in which a fatal decoder says no.
    return false
  }
}
