import { NAMESPACE_BYTES_MAX } from '@rendezvous-cluster/rendezvous'

/** The namespaces a rule is for: one, or all that start with the same bytes. */
export interface NamespacePattern {
  /** The bytes of the namespace or of the prefix, as in `Namespace.key`. A prefix may be empty. */
  key: string
  isPrefix: boolean
}

/** A star that is not written `\*`. */
const BARE_STAR = /(?<!\\)\*/

/** Text, encoded as UTF-8. A `*` at its end makes it a prefix; `\*` is a literal star. */
export function patternOfText(text: string): NamespacePattern {
  const { body, isPrefix } = splitText(text)
  const bytes = Buffer.from(body.replaceAll('\\*', '*'), 'utf8')

  return pattern(bytes, isPrefix)
}

/** Whether a star stands where it would be neither a literal one nor the end. */
export function hasStarInside(text: string): boolean {
  return BARE_STAR.test(splitText(text).body)
}

/** Two hex digits for each byte. A `*` at the end makes it a prefix. */
export function patternOfHex(hex: string): NamespacePattern {
  const isPrefix = hex.endsWith('*')

  return pattern(Buffer.from(isPrefix ? hex.slice(0, -1) : hex, 'hex'), isPrefix)
}

function splitText(text: string): { body: string; isPrefix: boolean } {
  const isPrefix = text.endsWith('*') && !text.endsWith('\\*')

  return { body: isPrefix ? text.slice(0, -1) : text, isPrefix }
}

function pattern(bytes: Buffer, isPrefix: boolean): NamespacePattern {
  return {
    key: bytes.toString('latin1'),
    // Nothing is longer than the longest namespace, so there a prefix matches itself alone.
    isPrefix: isPrefix && bytes.byteLength !== NAMESPACE_BYTES_MAX
  }
}
