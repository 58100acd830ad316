import { NAMESPACE_BYTES_MAX } from '@rendezvous-cluster/rendezvous'
import { z } from 'zod'
import {
  hasStarInside,
  type NamespacePattern,
  patternOfHex,
  patternOfText
} from './namespace-pattern.ts'

/** Largest cap of registrations in one namespace; ten times the default. */
const REGISTRATIONS_MAX = 10_000_000

/** One key that a rule may have. */
export interface RuleKeyRow {
  /** Its messages say what is wrong with a value. */
  schema: z.ZodType
  /** What a value has to be, for people who gave another. */
  allowed: string
  /** Taken as it is written, even where YAML sees a number: `001122` are three bytes. */
  isText?: boolean
}

const text = z.string('is no text').min(1, 'is empty')

const fitsNamespace = z
  .custom<NamespacePattern>()
  .refine(({ key }) => key.length <= NAMESPACE_BYTES_MAX, {
    error: ({ input }) => `has ${(input as NamespacePattern).key.length} bytes`
  })

const wholeNumber = 'is no whole number'

/** Every key of a rule, each optional. That a rule has a match is checked elsewhere. */
export const RULE_TABLE = {
  match: {
    schema: text
      .refine((value) => value.isWellFormed(), 'has half of a surrogate pair')
      .refine((value) => !hasStarInside(value), 'has a * before its end')
      .transform(patternOfText)
      .pipe(fitsNamespace),
    allowed: `text of 1 to ${NAMESPACE_BYTES_MAX} bytes; * at the end for a prefix, \\* for a star`,
    isText: true
  },
  'match-hex': {
    schema: text
      .regex(/^[0-9a-f]*\*?$/i, { error: 'is no hex', abort: true })
      .refine((value) => value.replace('*', '').length % 2 === 0, 'has half a byte')
      .transform(patternOfHex)
      .pipe(fitsNamespace),
    allowed: `1 to ${NAMESPACE_BYTES_MAX} bytes, two hex digits each; * at the end for a prefix`,
    isText: true
  },
  'max-registrations': {
    schema: z
      .number(wholeNumber)
      .refine(Number.isInteger, { error: wholeNumber, abort: true })
      .min(1, 'is too small')
      .max(REGISTRATIONS_MAX, 'is too large'),
    allowed: `a whole number from 1 to ${REGISTRATIONS_MAX}`
  }
} as const satisfies Record<string, RuleKeyRow>

export type RuleKey = keyof typeof RULE_TABLE

/** The values of a rule, as far as they are given. */
export type RuleValues = { [Key in RuleKey]?: z.output<(typeof RULE_TABLE)[Key]['schema']> }

export const RULE_KEYS = Object.keys(RULE_TABLE) as RuleKey[]
