import type { DialectRules } from '../src/index.ts'

/** The rules of the `waku` dialect, which lives in a package above this one. */
export const wakuRules: DialectRules = {
  recordKind: 'peer-record',
  ttlSeconds: { default: 20, min: 1, max: 20 },
  namespaceBytesMax: 256,
  isNamespaceText: false,
  isPaged: false,
  isListed: false,
  ownerMismatchStatus: 101
}
