import { type Logger, type LoggerOptions, pino } from 'pino'
import { build as prettyStream } from 'pino-pretty'

/**
 * JSON lines on standard output; readable ones where that is a terminal.
 *
 * @param json - JSON there too
 */
export function createLogger(level: string, json = false): Logger {
  const options: LoggerOptions = { level, base: null }

  if (process.stdout.isTTY && !json) {
    return pino(options, prettyStream({ sync: true }))
  }

  return pino({ ...options, formatters: { level: (label) => ({ level: label }) } })
}
