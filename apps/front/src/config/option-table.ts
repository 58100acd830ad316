import { networkInterfaces } from 'node:os'
import { CAPS_DEFAULT } from '@rendezvous-cluster/rendezvous'
import { DIALECTS, type DialectName } from '@rendezvous-cluster/wire'
import { z } from 'zod'
import { CONNECTION_LIMITS_DEFAULT } from '../connections/connection-limits.ts'
import { IP_FORMS } from '../ips-in-text.ts'
import { LIMIT_ROWS, LIMIT_SCHEMAS } from './limit-options.ts'
import {
  announceAddress,
  dialectName,
  hostAndPort,
  LOG_LEVELS,
  listenAddress,
  namespaceText,
  natMap,
  number,
  onOrOff,
  seconds,
  storeUrl,
  wholeNumber
} from './value-schemas.ts'

const DISCOVER_ALL = ['off', 'libp2p', 'all'] as const

const ENGINES = ['composed', 'libp2p'] as const

const path = z.string().min(1)

const text = z.string().min(1)

const capacity = wholeNumber.pipe(z.number().min(1).max(100_000_000))

const atLeastOne = wholeNumber.pipe(z.number().min(1).max(1_000_000))

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

/** The value of every setting, from text; keys are the flags' names. */
export const CONFIG_SCHEMA = z.object({
  listen: z.array(listenAddress).min(1).default(listenDefault),
  announce: z.array(announceAddress).default([]),
  'tls-cert-file': path.optional(),
  'tls-key-file': path.optional(),
  store: storeUrl.default('memory:'),
  'store-file': path.optional(),
  'redis-username': text.optional(),
  'redis-username-file': path.optional(),
  'redis-password': text.optional(),
  'redis-password-file': path.optional(),
  'redis-sentinel-username': text.optional(),
  'redis-sentinel-password': text.optional(),
  'redis-sentinel-password-file': path.optional(),
  'redis-ca-file': path.optional(),
  'redis-cert-file': path.optional(),
  'redis-key-file': path.optional(),
  'redis-server-name': text.optional(),
  'redis-nat-map': natMap.optional(),
  'key-file': path.optional(),
  'key-seed-file': path.optional(),
  ordinal: z.union([z.literal('auto'), wholeNumber.pipe(z.number().max(99_999))]).default('auto'),
  'cluster-name': z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/)
    .default('rendezvous'),
  sidecar: hostAndPort.default('127.0.0.1:8008'),
  'show-namespaces': z.array(namespaceText).default([]),
  protocols: z
    .array(dialectName)
    .min(1)
    .default(Object.keys(DIALECTS) as DialectName[]),
  'discover-all': z.enum(DISCOVER_ALL).default('libp2p'),
  engine: z.enum(ENGINES).default('composed'),
  'max-connections': wholeNumber.pipe(z.number().min(1).max(1_000_000)).default(10_000),
  'max-connections-per-ip': atLeastOne.default(CONNECTION_LIMITS_DEFAULT.perIp),
  'new-connections-per-ip': atLeastOne.default(CONNECTION_LIMITS_DEFAULT.newPerIpAndSecond),
  'new-connections-per-ip-burst': atLeastOne.default(CONNECTION_LIMITS_DEFAULT.newPerIpBurst),
  'max-pending-handshakes': atLeastOne.default(CONNECTION_LIMITS_DEFAULT.pending),
  'idle-connection-seconds': seconds
    .pipe(z.number().min(1))
    .default(CONNECTION_LIMITS_DEFAULT.idleMs / 1000),
  'limit-private-sources': onOrOff.default(CONNECTION_LIMITS_DEFAULT.limitsPrivateSources),
  'request-deadline': number.pipe(z.number().min(0.1).max(60)).default(3),
  'unready-after': seconds.optional(),
  'max-registrations-per-peer': capacity.default(CAPS_DEFAULT.perPeer),
  'max-registrations-per-namespace': capacity.default(CAPS_DEFAULT.perNamespace),
  'max-registrations-per-prefix': wholeNumber.pipe(z.number().max(100_000_000)).default(0),
  'max-namespaces': capacity.default(CAPS_DEFAULT.namespaces),
  ...LIMIT_SCHEMAS,
  'policy-file': path.optional(),
  'drain-delay': seconds.default(0),
  'drain-seconds': seconds.default(30),
  'log-level': z.enum(LOG_LEVELS).default('info'),
  'log-ips': z.enum(IP_FORMS).default('shortened'),
  'ready-file': path.optional()
})

/**
 * All settings of a front node, by the names of their flags, as `loadConfig` gives them: checked, with the
 * defaults of those that were not given, and with absolute paths.
 */
export type Config = Readonly<z.output<typeof CONFIG_SCHEMA>>

/** A setting as its flag (`--<name>`) and the config file name it; `environmentName` names its variable. */
export type OptionName = keyof Config

/** Help, docs and error messages of every setting, in the order of help. */
export const OPTION_TABLE: Readonly<Record<OptionName, OptionRow>> = {
  listen: {
    value: '<multiaddr>',
    description: 'Address to listen on',
    allowed:
      'an IP or DNS multiaddr with /tcp/<port>, for example /ip4/0.0.0.0/tcp/60000; ' +
      'with /ws or /tls/ws after it for WebSockets',
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
  'tls-cert-file': {
    value: '<path>',
    description: 'Certificate, and its chain, of WebSockets with TLS; read at start',
    allowed: 'the path of a PEM file',
    isPath: true
  },
  'tls-key-file': {
    value: '<path>',
    description: 'Private key of --tls-cert-file',
    allowed: 'the path of a PEM file that others may not read',
    isPath: true
  },
  store: {
    value: '<url>',
    description: 'Where registrations live',
    allowed:
      'memory:, level:<directory>, redis://[user:password@]host:port[/db], ' +
      'redis+sentinel://host:port,…/<primary> or redis+cluster://host:port,…; rediss… for TLS',
    redact: redactUrl
  },
  'store-file': {
    value: '<path>',
    description: 'File that holds the value of --store, to keep its password out of sight',
    allowed: 'the path of a file that others may not read',
    isPath: true
  },
  'redis-username': {
    value: '<name>',
    description: 'User of Redis, instead of the one in --store',
    allowed: 'a name'
  },
  'redis-username-file': {
    value: '<path>',
    description: 'File that holds the value of --redis-username',
    allowed: 'the path of a file that others may not read',
    isPath: true
  },
  'redis-password': {
    value: '<password>',
    description: 'Password of Redis; others on this machine see it: better in a file',
    allowed: 'a password',
    redact: () => '…'
  },
  'redis-password-file': {
    value: '<path>',
    description: 'File that holds the value of --redis-password',
    allowed: 'the path of a file that others may not read',
    isPath: true
  },
  'redis-sentinel-username': {
    value: '<name>',
    description: 'User of the Sentinels themselves',
    allowed: 'a name'
  },
  'redis-sentinel-password': {
    value: '<password>',
    description: 'Password of the Sentinels themselves; better in a file',
    allowed: 'a password',
    redact: () => '…'
  },
  'redis-sentinel-password-file': {
    value: '<path>',
    description: 'File that holds the value of --redis-sentinel-password',
    allowed: 'the path of a file that others may not read',
    isPath: true
  },
  'redis-ca-file': {
    value: '<path>',
    description: 'Certificates to trust for TLS to Redis',
    allowed: 'the path of a PEM file',
    defaultText: 'those that Node trusts',
    isPath: true
  },
  'redis-cert-file': {
    value: '<path>',
    description: 'Certificate of this node for TLS to Redis, with --redis-key-file',
    allowed: 'the path of a PEM file',
    isPath: true
  },
  'redis-key-file': {
    value: '<path>',
    description: 'Private key of --redis-cert-file',
    allowed: 'the path of a PEM file',
    isPath: true
  },
  'redis-server-name': {
    value: '<name>',
    description: "Name in Redis's certificate, where it is not its host name",
    allowed: 'a host name'
  },
  'redis-nat-map': {
    value: '<from=to>',
    description: 'Where to reach a server that Sentinels or a Cluster name otherwise',
    allowed: 'host:port=host:port, for example 10.0.0.1:6379=127.0.0.1:7001',
    isList: true
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
  'show-namespaces': {
    value: '<namespaces>',
    description: 'Namespaces of which the sidecar tells everybody how many registrations they have',
    allowed: 'texts of 1 to 256 bytes without commas, or spaces at their ends',
    defaultText: 'none',
    isList: true
  },
  protocols: {
    value: '<names>',
    description: 'Rendezvous protocols to serve',
    allowed: `any of ${Object.keys(DIALECTS).join(', ')}`,
    isList: true
  },
  'discover-all': {
    value: '<which>',
    description: 'What DISCOVER of all namespaces shows: nothing, all but those of waku, or all',
    allowed: `one of ${DISCOVER_ALL.join(', ')}`
  },
  engine: {
    value: '<which>',
    description:
      'What connections are made of: the parts of libp2p that a node that only answers uses, or all of it',
    allowed: `one of ${ENGINES.join(', ')}`
  },
  'max-connections': {
    value: '<n>',
    description: 'Most connections at a time; lowered to 80 % of the file limit',
    allowed: 'a whole number from 1 to 1000000'
  },
  'max-connections-per-ip': {
    value: '<n>',
    description: 'Most connections at a time of one IPv4 address or IPv6 /64',
    allowed: 'a whole number from 1 to 1000000'
  },
  'new-connections-per-ip': {
    value: '<n>',
    description: 'New connections per second of one IPv4 address or IPv6 /64',
    allowed: 'a whole number from 1 to 1000000'
  },
  'new-connections-per-ip-burst': {
    value: '<n>',
    description: 'New connections in a row of one IPv4 address or IPv6 /64',
    allowed: 'a whole number from 1 to 1000000'
  },
  'max-pending-handshakes': {
    value: '<n>',
    description:
      'Most handshakes at a time; from a quarter on, those of crowded networks make room',
    allowed: 'a whole number from 1 to 1000000'
  },
  'idle-connection-seconds': {
    value: '<seconds>',
    description:
      'A connection without a live registration and without a request for so long is closed',
    allowed: 'a number of seconds from 1 to 3600'
  },
  'limit-private-sources': {
    value: '[true|false]',
    description: 'Hold private and loopback addresses to the limits per IP address too',
    allowed: 'true or false'
  },
  'request-deadline': {
    value: '<seconds>',
    description: 'After which a request is answered E_UNAVAILABLE',
    allowed: 'a number of seconds from 0.1 to 60'
  },
  'unready-after': {
    value: '<seconds>',
    description: 'Not ready any more when the store has not answered for so long',
    allowed: 'a number of seconds from 0 to 3600',
    defaultText: 'never: all nodes share the store'
  },
  'max-registrations-per-peer': {
    value: '<n>',
    description: 'Most live registrations of one peer, over all nodes',
    allowed: 'a whole number from 1 to 100000000'
  },
  'max-registrations-per-namespace': {
    value: '<n>',
    description: 'Most live registrations in one namespace',
    allowed: 'a whole number from 1 to 100000000'
  },
  'max-registrations-per-prefix': {
    value: '<n>',
    description:
      'Most live registrations of one /24, or IPv6 /56, in one namespace; samples take turns by them',
    allowed: 'a whole number from 0 to 100000000; 0 for any number',
    defaultText: '0, for any number'
  },
  'max-namespaces': {
    value: '<n>',
    description: 'Most namespaces with registrations',
    allowed: 'a whole number from 1 to 100000000'
  },
  ...LIMIT_ROWS,
  'policy-file': {
    value: '<path>',
    description: 'Rules for namespaces, read again on SIGHUP',
    allowed: 'the path of a YAML file',
    isPath: true
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
  'log-ips': {
    value: '<form>',
    description: 'How IP addresses are shown at the levels debug and trace: as /24 and /48, or not',
    allowed: `one of ${IP_FORMS.join(', ')}`
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

/** A setting's flag and variable, as messages name it. */
export function optionLabel(option: OptionName): string {
  return `--${option} (${environmentName(option)})`
}

/**
 * A URL that can't be used, unless there may be a password in it: before an @, in a query, where a port should be, or
 * instead of a URL, since files of both are easily mistaken for each other.
 */
function redactUrl(text: string): string {
  const [, scheme = '', rest = ''] = /^([a-z+]+:\/\/)?(.*)$/is.exec(text) ?? []
  const isStore = /^(memory|level|rediss?)(:|$)|\/\/|^\.{1,2}\/|:\d+$/i.test(text)

  return !isStore || /[@?]|:(?!\d*([,/]|$))/.test(rest) ? `${scheme}…` : text
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
