import { networkInterfaces } from 'node:os'
import { multiaddr } from '@multiformats/multiaddr'
import { DIALECTS, type DialectName } from '@rendezvous-cluster/wire'
import { z } from 'zod'

/** One setting of a front node, in all its forms. */
export interface OptionRow {
  /** What stands behind the flag in help, for example `<multiaddr>`. */
  value: string
  description: string
  /** What a value has to be, for people who gave another. */
  allowed: string
  /** The default in words, where it is more than a value. */
  defaultText?: string
  /** May be given several times, or with commas. */
  isList?: boolean
  /** A path: relative ones start at the caller's folder, or at that of the file they stand in. */
  isPath?: boolean
  /** Never shown as it is. */
  redact?: (text: string) => string
}

const announceAddress = z.string().refine((text) => protocolsOf(text).length > 0)

/** What a front node can listen on. */
const listenAddress = z
  .string()
  .refine((text) => /^(ip4|ip6|dns|dns4|dns6) tcp$/.test(protocolsOf(text).join(' ')))

const hostAndPort = z
  .string()
  .regex(/^(\[[0-9a-f:.]+\]|[^:\s]+):\d{1,5}$/i)
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535)

const storeUrl = z.string().refine((text) => {
  if (text === 'memory:') {
    return true
  }

  const url = URL.parse(text)

  return (
    url != null &&
    (url.protocol === 'redis:' || url.protocol === 'rediss:') &&
    url.hostname !== '' &&
    /^\/?\d*$/.test(url.pathname) &&
    isDecodable(url.username) &&
    isDecodable(url.password)
  )
})

const dialectName = z.enum(Object.keys(DIALECTS) as [DialectName, ...DialectName[]])

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** A decimal number; JavaScript's own conversion takes an empty text for zero. */
const number = z
  .string()
  .regex(/^\d+(\.\d+)?$/)
  .transform(Number)

const wholeNumber = z.string().regex(/^\d+$/).transform(Number)

const seconds = number.pipe(z.number().max(3600))

/** The value of every setting, from text; keys are the flags' names. */
export const CONFIG_SCHEMA = z.object({
  listen: z.array(listenAddress).min(1).default(listenDefault),
  announce: z.array(announceAddress).default([]),
  store: storeUrl.default('memory:'),
  'store-file': z.string().min(1).optional(),
  'key-file': z.string().min(1).optional(),
  'key-seed-file': z.string().min(1).optional(),
  ordinal: z.union([z.literal('auto'), wholeNumber.pipe(z.number().max(99_999))]).default('auto'),
  'cluster-name': z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/)
    .default('rendezvous'),
  sidecar: hostAndPort.default('127.0.0.1:8008'),
  protocols: z.array(dialectName).min(1).default(['waku']),
  'max-connections': wholeNumber.pipe(z.number().min(1).max(1_000_000)).default(10_000),
  'request-deadline': number.pipe(z.number().min(0.1).max(60)).default(3),
  'drain-delay': seconds.default(0),
  'drain-seconds': seconds.default(30),
  'log-level': z.enum(LOG_LEVELS).default('info'),
  'ready-file': z.string().min(1).optional()
})

export type Config = Readonly<z.output<typeof CONFIG_SCHEMA>>

export type OptionName = keyof Config

/** Help, docs and error messages of every setting, in the order of help. */
export const OPTION_TABLE: Readonly<Record<OptionName, OptionRow>> = {
  listen: {
    value: '<multiaddr>',
    description: 'Address to listen on',
    allowed: 'an IP or DNS multiaddr with /tcp/<port>, for example /ip4/0.0.0.0/tcp/60000',
    defaultText: '/ip4/0.0.0.0/tcp/60000, and /ip6/::/tcp/60000 where the host has IPv6',
    isList: true
  },
  announce: {
    value: '<multiaddr>',
    description: 'Address to tell peers instead of the ones listened on',
    allowed: 'a multiaddr such as /dns4/rendezvous.example.org/tcp/60000',
    defaultText: 'the addresses listened on',
    isList: true
  },
  store: {
    value: '<url>',
    description: 'Where registrations live',
    allowed: 'memory:, redis://[user:password@]host:port[/db] or rediss://… for TLS',
    redact: redactUrl
  },
  'store-file': {
    value: '<path>',
    description: 'File that holds the value of --store, to keep its password out of sight',
    allowed: 'the path of a file that others may not read',
    isPath: true
  },
  'key-file': {
    value: '<path>',
    description: 'Private key of this node; created if it is missing; before --key-seed-file',
    allowed: 'a path',
    defaultText: 'a new key at each start',
    isPath: true
  },
  'key-seed-file': {
    value: '<path>',
    description: 'Secret of the cluster that keys are derived from, with --ordinal',
    allowed: 'the path of a file with at least 32 random bytes',
    isPath: true
  },
  ordinal: {
    value: '<n>',
    description: 'Number of this node in the cluster, for --key-seed-file',
    allowed: 'a whole number from 0 to 99999, or auto: the digits that end the host name'
  },
  'cluster-name': {
    value: '<name>',
    description: 'Name of the cluster; part of every derived key',
    allowed: 'lower-case letters, digits, dots and hyphens, at most 63'
  },
  sidecar: {
    value: '<host:port>',
    description: 'Where metrics, health and status are served over HTTP',
    allowed: 'host:port, for example 127.0.0.1:8008; port 0 picks a free one'
  },
  protocols: {
    value: '<names>',
    description: 'Rendezvous protocols to serve',
    allowed: `any of ${Object.keys(DIALECTS).join(', ')}`,
    isList: true
  },
  'max-connections': {
    value: '<n>',
    description: 'Most connections at a time; lowered to 80 % of the file limit',
    allowed: 'a whole number from 1 to 1000000'
  },
  'request-deadline': {
    value: '<seconds>',
    description: 'After which a request is answered E_UNAVAILABLE',
    allowed: 'a number of seconds from 0.1 to 60'
  },
  'drain-delay': {
    value: '<seconds>',
    description: 'On SIGTERM, time between "not ready" and the end of listening',
    allowed: 'a number of seconds from 0 to 3600'
  },
  'drain-seconds': {
    value: '<seconds>',
    description: 'On SIGTERM, time over which connections are closed; at most 2 on SIGINT',
    allowed: 'a number of seconds from 0 to 3600'
  },
  'log-level': {
    value: '<level>',
    description: 'Least severe messages to log',
    allowed: `one of ${LOG_LEVELS.join(', ')}`
  },
  'ready-file': {
    value: '<path>',
    description: 'Written once the node serves: its peer id, multiaddrs and sidecar as JSON',
    allowed: 'a path',
    isPath: true
  }
}

/** Name of a setting's environment variable. */
export function environmentName(option: OptionName | 'config'): string {
  return `RENDEZVOUS_${option.toUpperCase().replaceAll('-', '_')}`
}

/** A URL that can't be used, as far as it can be shown: what is not surely harmless is left out. */
function redactUrl(text: string): string {
  if (/^[a-z+]+:(\/\/)?[a-z0-9.-]*(:\d+)?(\/[a-z0-9]*)?$/i.test(text)) {
    return text
  }

  return `${/^[a-z+]+:(?=\/\/)/i.exec(text)?.[0] ?? ''}…`
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)

    return true
  } catch {
    return false
  }
}

/** Names of an address's protocols in their order, none for what is no multiaddr. */
function protocolsOf(text: string): string[] {
  try {
    return multiaddr(text)
      .getComponents()
      .map(({ name }) => name)
  } catch {
    return []
  }
}

function listenDefault(): string[] {
  const hasIpv6 = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .some(({ family }) => family === 'IPv6')

  return ['/ip4/0.0.0.0/tcp/60000', ...(hasIpv6 ? ['/ip6/::/tcp/60000'] : [])]
}

/** A setting's default in words, for help and docs. */
export function defaultText(option: OptionName): string {
  const { defaultText } = OPTION_TABLE[option]

  return defaultText ?? String(CONFIG_SCHEMA.parse({})[option] ?? 'none')
}
