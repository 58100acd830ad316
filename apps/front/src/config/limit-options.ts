import { POINT_LIMITS_DEFAULT, type PointLimits } from '@rendezvous-cluster/point'
import { COPIED_BYTES_MAX_DEFAULT } from '@rendezvous-cluster/stores'
import { z } from 'zod'
import type { Config, OptionRow } from './option-table.ts'
import { number, wholeNumber } from './value-schemas.ts'

const { costUnits, bytesOut, ...limits } = POINT_LIMITS_DEFAULT

const KIB = 1024
const MIB = KIB * KIB
const GIB = KIB * MIB

const deadline = number.pipe(z.number().min(0.1).max(3600))
const DEADLINE_ALLOWED = 'a number of seconds from 0.1 to 3600'

const rate = number.pipe(z.number().min(0.1).max(1_000_000))
const RATE_ALLOWED = 'a number from 0.1 to 1000000'

/** Room for any one request: none is dearer ahead of its results. */
const burst = number.pipe(z.number().min(10).max(10_000_000))

/** A number of bytes, in units of 1024 if they are named. */
const bytes = z
  .string()
  .regex(/^\d+(KiB|MiB|GiB)?$/)
  .transform((text) => Number.parseInt(text, 10) * unitOf(text))

const traffic = bytes.pipe(z.number().min(KIB).max(GIB))
const TRAFFIC_ALLOWED = 'a number of bytes from 1KiB to 1GiB'

/** Of all connections together. */
const heldBytes = bytes.pipe(
  z
    .number()
    .min(MIB)
    .max(64 * GIB)
)
const HELD_BYTES_ALLOWED = 'a number of bytes from 1MiB to 64GiB'

/** Settings that bound what a peer may hold open and cause. */
export const LIMIT_SCHEMAS = {
  'max-frame-bytes': bytes
    .pipe(
      z
        .number()
        .min(KIB)
        .max(64 * KIB)
    )
    .default(limits.frameBytesMax),
  'max-streams-per-connection': wholeNumber
    .pipe(z.number().min(1).max(1000))
    .default(limits.streamsPerConnection),
  'max-messages-per-stream': wholeNumber
    .pipe(z.number().min(1).max(1_000_000_000))
    .default(limits.messagesPerStream),
  'frame-deadline': deadline.default(limits.frameDeadlineMs / 1000),
  'idle-stream': deadline.default(limits.idleStreamMs / 1000),
  'stalled-write': deadline.default(limits.stalledWriteMs / 1000),
  'peer-cost-rate': rate.default(costUnits.perSecond),
  'peer-cost-burst': burst.default(costUnits.burst),
  'peer-bytes-rate': traffic.default(bytesOut.perSecond),
  'peer-bytes-burst': traffic.default(bytesOut.burst),
  'max-unsent-bytes-per-connection': traffic.default(limits.unsentBytesPerConnection),
  'max-unsent-bytes': heldBytes.default(limits.unsentBytes),
  'max-unread-bytes': heldBytes.default(limits.unreadBytes),
  'max-copied-bytes': heldBytes.default(COPIED_BYTES_MAX_DEFAULT)
}

export const LIMIT_ROWS: Readonly<Record<keyof typeof LIMIT_SCHEMAS, OptionRow>> = {
  'max-frame-bytes': {
    value: '<bytes>',
    description: 'Longest request, without its length prefix',
    allowed: 'a number of bytes from 1KiB to 64KiB',
    defaultText: '8KiB'
  },
  'max-streams-per-connection': {
    value: '<n>',
    description: 'Streams that one connection may have open, whatever their protocol',
    allowed: 'a whole number from 1 to 1000'
  },
  'max-messages-per-stream': {
    value: '<n>',
    description: 'Requests on one stream',
    allowed: 'a whole number from 1 to 1000000000'
  },
  'frame-deadline': {
    value: '<seconds>',
    description: 'Longest time to the first request, or from a first byte to the whole request',
    allowed: DEADLINE_ALLOWED
  },
  'idle-stream': {
    value: '<seconds>',
    description: 'Longest time between an answer and the next request',
    allowed: DEADLINE_ALLOWED
  },
  'stalled-write': {
    value: '<seconds>',
    description: 'Longest time in which a peer takes nothing of an answer',
    allowed: DEADLINE_ALLOWED
  },
  'peer-cost-rate': {
    value: '<units>',
    description: 'Cost units of requests that one peer may cause a second',
    allowed: RATE_ALLOWED
  },
  'peer-cost-burst': {
    value: '<units>',
    description: 'Cost units that one peer may cause at once',
    allowed: 'a number from 10 to 10000000'
  },
  'peer-bytes-rate': {
    value: '<bytes>',
    description: 'Bytes of answers that one peer may be sent a second',
    allowed: TRAFFIC_ALLOWED,
    defaultText: '4MiB'
  },
  'peer-bytes-burst': {
    value: '<bytes>',
    description: 'Bytes of answers that one peer may be sent at once',
    allowed: TRAFFIC_ALLOWED,
    defaultText: '16MiB'
  },
  'max-unsent-bytes-per-connection': {
    value: '<bytes>',
    description: 'Bytes of answers that one connection may leave untaken',
    allowed: TRAFFIC_ALLOWED,
    defaultText: '2MiB'
  },
  'max-unsent-bytes': {
    value: '<bytes>',
    description: 'Bytes of answers that all connections may leave untaken',
    allowed: HELD_BYTES_ALLOWED,
    defaultText: '256MiB'
  },
  'max-unread-bytes': {
    value: '<bytes>',
    description: 'Bytes received of all connections that may wait to be read',
    allowed: HELD_BYTES_ALLOWED,
    defaultText: '64MiB'
  },
  'max-copied-bytes': {
    value: '<bytes>',
    description:
      'Bytes of registrations copied from Redis: of namespaces for which there is no room it is read for each answer',
    allowed: HELD_BYTES_ALLOWED,
    defaultText: '512MiB'
  }
}

/** The point's limits as they are set. */
export function pointLimits(config: Config): PointLimits {
  return {
    requestDeadlineMs: config['request-deadline'] * 1000,
    frameDeadlineMs: config['frame-deadline'] * 1000,
    idleStreamMs: config['idle-stream'] * 1000,
    stalledWriteMs: config['stalled-write'] * 1000,
    frameBytesMax: config['max-frame-bytes'],
    streamsPerConnection: config['max-streams-per-connection'],
    messagesPerStream: config['max-messages-per-stream'],
    costUnits: { perSecond: config['peer-cost-rate'], burst: config['peer-cost-burst'] },
    bytesOut: { perSecond: config['peer-bytes-rate'], burst: config['peer-bytes-burst'] },
    unsentBytesPerConnection: config['max-unsent-bytes-per-connection'],
    unsentBytes: config['max-unsent-bytes'],
    unreadBytes: config['max-unread-bytes']
  }
}

function unitOf(text: string): number {
  return { KiB: KIB, MiB: MIB, GiB: GIB }[text.slice(-3)] ?? 1
}
