import type { ComponentLogger, Logger as Libp2pLogger } from '@libp2p/interface'
import type { Logger } from 'pino'

/** One for all: libp2p makes a logger per connection and stream, and most of them never speak. */
export const SILENT: Libp2pLogger = Object.assign(() => {}, {
  enabled: false,
  trace: Object.assign(() => {}, { enabled: false }),
  error: () => {},
  newScope: () => SILENT
})

/**
 * libp2p's messages in our log. All of them are about single peers, so they show at `debug` and
 * `trace` only, its errors included.
 */
export function libp2pLogger(log: Logger): ComponentLogger {
  if (!log.isLevelEnabled('debug')) {
    return { forComponent: () => SILENT }
  }

  return { forComponent: (component) => scope(log, component) }
}

function scope(log: Logger, component: string): Libp2pLogger {
  const child = log.child({ component })
  const debug = (text: unknown, ...args: unknown[]): void => child.debug(format(text, args))

  return Object.assign(debug, {
    enabled: true,
    error: debug,
    trace: Object.assign(
      (text: unknown, ...args: unknown[]): void => {
        if (child.isLevelEnabled('trace')) {
          child.trace(format(text, args))
        }
      },
      { enabled: child.isLevelEnabled('trace') }
    ),
    newScope: (name: string) => scope(log, `${component}:${name}`)
  })
}

/** Fills in libp2p's placeholders: %p peer id, %a multiaddr, %e error, %d, %s, %o and the rest. */
function format(text: unknown, args: unknown[]): string {
  const rest = [...args]
  const filled = String(text).replace(/%([a-zA-Z%])/g, (whole, letter: string) => {
    if (letter === '%' || rest.length === 0) {
      return letter === '%' ? '%' : whole
    }

    return show(rest.shift(), letter)
  })

  return [filled, ...rest.map((arg) => show(arg, 's'))].join(' ')
}

function show(value: unknown, letter: string): string {
  if (value instanceof Error) {
    return letter === 'e' ? (value.stack ?? value.message) : value.message
  }

  if ((letter === 'o' || letter === 'O' || letter === 'j') && typeof value === 'object') {
    return JSON.stringify(value)
  }

  return String(value)
}
