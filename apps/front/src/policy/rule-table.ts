import { peerIdFromString } from '@libp2p/peer-id'
import { CLUSTER_NAMESPACE, NAMESPACE_BYTES_MAX } from '@rendezvous-cluster/rendezvous'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { z } from 'zod'
import { ADDRESS_RULES } from './address-checks.ts'
import {
  hasStarInside,
  type NamespacePattern,
  patternOfHex,
  patternOfText
} from './namespace-pattern.ts'

/** Largest cap of registrations in one namespace; ten times the default. */
const REGISTRATIONS_MAX = 10_000_000

/** Longest TTL in seconds: that of the dialect which has the longest. */
const TTL_SECONDS_MAX = Math.max(
  ...Object.values(DIALECTS).map(({ rules }) => rules.ttlSeconds.max)
)

/** Peer ids in one rule. Reading a thousand takes up to 0.2 s. */
const PEER_IDS_MAX = 1000

/** One key that a mapping of the file may have. */
export interface PolicyKeyRow {
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
  .refine(({ key, isPrefix }) => isPrefix || key !== CLUSTER_NAMESPACE, {
    error: 'belongs to the cluster itself, so no rule applies'
  })

const peerId = text.transform((value, context) => {
  try {
    return peerIdFromString(value).toMultihash().bytes
  } catch {
    context.addIssue('is no peer id')

    return z.NEVER
  }
})

/** Of everything in a namespace, or of what no rule matches. */
export const ACCESS_ROW = {
  schema: z.enum(['allow', 'deny'], 'is neither allow nor deny'),
  allowed: 'allow or deny'
} as const satisfies PolicyKeyRow

const TTL_ROW = {
  schema: wholeNumberUpTo(TTL_SECONDS_MAX),
  allowed: `a whole number of seconds from 1 to ${TTL_SECONDS_MAX}`
} as const satisfies PolicyKeyRow

/** Every key of a rule, each optional. What concerns several of them is checked elsewhere. */
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
  access: ACCESS_ROW,
  'peer-ids': {
    schema: z
      .array(peerId, 'is no list')
      .refine(({ length }) => length > 0, 'is empty')
      .refine(({ length }) => length <= PEER_IDS_MAX, 'has too many of them'),
    allowed: `a list of 1 to ${PEER_IDS_MAX} peer ids`,
    isText: true
  },
  addresses: {
    schema: z.enum(ADDRESS_RULES, 'is unknown'),
    allowed: `one of ${ADDRESS_RULES.join(', ')}`
  },
  'min-ttl': TTL_ROW,
  'default-ttl': TTL_ROW,
  'max-ttl': TTL_ROW,
  'max-registrations': {
    schema: wholeNumberUpTo(REGISTRATIONS_MAX),
    allowed: `a whole number from 1 to ${REGISTRATIONS_MAX}`
  },
  listed: {
    schema: z.boolean('is neither true nor false'),
    allowed: 'true or false'
  }
} as const satisfies Record<string, PolicyKeyRow>

export type RuleKey = keyof typeof RULE_TABLE

/** The values of a rule, as far as they are given. */
export type RuleValues = { [Key in RuleKey]?: z.output<(typeof RULE_TABLE)[Key]['schema']> }

export const RULE_KEYS = Object.keys(RULE_TABLE) as RuleKey[]

function wholeNumberUpTo(max: number) {
  const wholeNumber = 'is no whole number'

  return z
    .number(wholeNumber)
    .refine(Number.isInteger, { error: wholeNumber, abort: true })
    .min(1, 'is too small')
    .max(max, 'is too large')
}
