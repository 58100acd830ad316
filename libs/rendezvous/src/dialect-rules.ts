import type { ResponseStatus } from './response-status.ts'
import type { RecordKind } from './signed-peer-record/record-kind.ts'

/** Lifetimes in whole seconds. `default` is granted when a REGISTER names none. */
export interface TtlBounds {
  default: number
  min: number
  max: number
}

/** What one protocol id demands of a request, as data. A dialect brings one of these. */
export interface DialectRules {
  /** What its peers carry. */
  recordKind: RecordKind
  /** What some of its peers carry instead, and cannot read the former. */
  otherRecordKinds?: readonly RecordKind[]
  ttlSeconds: TtlBounds
  /** Most bytes of a namespace. */
  namespaceBytesMax: number
  /** Whether namespaces are UTF-8: others are refused. */
  isNamespaceText: boolean
  /** Whether DISCOVER reads pages with cookies; it samples otherwise. */
  isPaged: boolean
  /** Whether pages over all namespaces show what is registered through it. */
  isListed: boolean
  /** Status of a REGISTER whose record belongs to another peer; implementations disagree. */
  ownerMismatchStatus: ResponseStatus
}
