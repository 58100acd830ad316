import { type Logger, type LoggerOptions, pino } from 'pino'
import { build as prettyStream } from 'pino-pretty'

/** JSON lines on standard output; readable ones where that is a terminal. */
export function createLogger(level: string): Logger {
  const options: LoggerOptions = { level, base: null }

  if (process.stdout.isTTY) {
    return pino(options, prettyStream({ sync: true }))
  }

  return pino({ ...options, formatters: { level: (label) => ({ level: label }) } })
}
