import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'
import { build as prettyStream } from 'pino-pretty'
import { type IpForm, withIps } from './ips-in-text.ts'

export interface LoggerInit {
  /** Least severe messages to log. */
  level: string
  /** How IP addresses are shown at `debug` and `trace`. Default `shortened`. */
  ips?: IpForm
  /** JSON on a terminal too. Default false. */
  json?: boolean
  /** Where lines of JSON go. Default: standard output. */
  destination?: DestinationStream
}

const { debug: DEBUG } = pino.levels.values as { debug: number }

/** How a line begins, by its level: with a name as JSON, with a number on a terminal. */
const OF_DETAILS = /^\{"level":(?:"(?:debug|trace)"|[12]0),/

/** Redis repeats a command that it does not know, and that may be a password or a peer's record. */
const ARGUMENTS = /,? with args beginning with: (?:\\[^n]|[^"\\])*/g

/**
 * JSON lines on standard output; readable ones where that is a terminal.
 *
 * Peers and their addresses are told of at `debug` and `trace` alone. Errors that are told above
 * may come from anywhere, so they have no address in them there, and no property beyond its kind,
 * text, stack and code anywhere: those of a Redis client hold the command.
 */
export function createLogger(init: LoggerInit): Logger {
  const { level, ips = 'shortened', json = false, destination } = init
  const options: LoggerOptions = {
    level,
    base: null,
    serializers: { err: errorFields },
    hooks: {
      logMethod(args, method, level) {
        const [first, ...rest] = args as unknown as [unknown, ...unknown[]]

        method.apply(this, [
          level > DEBUG ? withoutAddresses(first) : first,
          ...rest
        ] as unknown as typeof args)
      },
      streamWrite(line) {
        const text = line.replace(ARGUMENTS, '')

        return OF_DETAILS.test(text) ? withIps(text, ips) : text
      }
    }
  }

  if (destination == null && process.stdout.isTTY && !json) {
    return pino(options, prettyStream({ sync: true }))
  }

  const jsonOptions = { ...options, formatters: { level: (label: string) => ({ level: label }) } }

  return destination == null ? pino(jsonOptions) : pino(jsonOptions, destination)
}

function withoutAddresses(logged: unknown): unknown {
  if (typeof logged !== 'object' || logged == null || !('err' in logged)) {
    return logged
  }

  const fields = Object.entries(errorFields(logged.err)).map(([name, value]) => [
    name,
    typeof value === 'string' ? withIps(value, 'none') : value
  ])

  return { ...logged, err: Object.fromEntries(fields) }
}

/** What is logged of an error, its causes included. */
function errorFields(error: unknown): object {
  if (error instanceof Error) {
    const { type, message, stack, code } = pino.stdSerializers.err(error)

    return { type, message, stack, code }
  }

  // Fields already, or whatever else somebody has thrown.
  return typeof error === 'object' && error != null ? error : { message: String(error) }
}
