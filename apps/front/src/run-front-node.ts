import { isatty } from 'node:tty'
import { setFlagsFromString } from 'node:v8'
import { StoreConfigurationError } from '@rendezvous-cluster/stores'
import { ListenError } from './composed/listen-error.ts'
import { ConfigError, type ConfigSources, loadConfig } from './config/load-config.ts'
import type { Config } from './config/option-table.ts'
import { unknownVariables } from './config/unknown-variables.ts'
import { createLogger } from './create-logger.ts'
import { FrontNode, type StopOptions } from './front-node.ts'
import { IdentityError } from './identity/identity-error.ts'
import { DuplicateNodeError } from './membership.ts'
import { PolicyError } from './policy/policy-error.ts'
import { TlsFilesError } from './tls-files.ts'

/**
 * What a process of a front node ends with, and one of the command line. After 2 and 3 somebody has to change
 * something before another start makes sense.
 */
export const ExitCode = {
  OK: 0,
  /** Something went wrong, for example a port is taken. */
  FAILURE: 1,
  /** The command line, the environment, the config file or a file named there can't be used. */
  BAD_CONFIG: 2,
  /** The node can't serve with these settings, and waiting would not help. */
  CANNOT_SERVE: 3
} as const

/** Longest drain on SIGINT: somebody waits at the terminal. */
const INTERRUPT_DRAIN_MS_MAX = 2000

/** A signal sooner after the first one is the same, come twice: by the terminal and by a launcher. */
const SECOND_SIGNAL_AFTER_MS = 1000

/** File descriptors. */
const STANDARD_STREAMS = [0, 1, 2]

/** What a stop may take beyond its delay and drain before the process ends all the same. */
const STOP_MARGIN_MS = 10_000

export interface RunInit extends ConfigSources {
  /** Log JSON on a terminal too. Default false. */
  json?: boolean
}

/**
 * Several threads wait for each other where a node has one core: docs/decisions/0012. To be told to V8 at
 * any time is safe with this one, which is read before each scavenge.
 */
const ONE_THREAD_SCAVENGES = '--no-parallel-scavenge'

/**
 * The young generation is scavenged once it is full, instead of by a task of the event loop ahead of that, which
 * found much more of it alive. V8 reads it whenever it would plan such a task.
 */
const NO_SCAVENGE_AHEAD = '--no-minor-gc-task'

/**
 * Memory outside of the heap, such as that of answers, counts with the heap for when to collect: by itself it
 * has all of the heap marked each 64 MiB, several times a second under load. Of V8 in Node 24 and newer.
 */
const MEMORY_COUNTS_TOGETHER = '--external-memory-accounted-in-global-limit'
const NODE_WITH_THAT = 24

/** Runs a front node as this process: from settings to exit code. Resolves when it has stopped. */
export async function runFrontNode({ json, ...sources }: RunInit): Promise<number> {
  setFlagsFromString(ONE_THREAD_SCAVENGES)
  setFlagsFromString(NO_SCAVENGE_AHEAD)

  if (Number.parseInt(process.versions.node, 10) >= NODE_WITH_THAT) {
    setFlagsFromString(MEMORY_COUNTS_TOGETHER)
  }

  let config: Config

  try {
    config = loadConfig(sources)
  } catch (error) {
    if (error instanceof ConfigError) {
      process.stderr.write(`${error.message}\n`)

      return ExitCode.BAD_CONFIG
    }

    throw error
  }

  const log = createLogger({ level: config['log-level'], ips: config['log-ips'], json })

  for (const name of unknownVariables(sources.env)) {
    log.warn(`${name} is no setting, see \`rendezvous serve --help\``)
  }

  const { promise: fatal, resolve: onFatal } = Promise.withResolvers<Error>()
  const node = new FrontNode({ config, log, onFatal })
  const exit = (reason: string): never => {
    log.fatal(reason)
    process.exit(ExitCode.FAILURE)
  }
  const stopSignal = firstStopSignal({
    onImpatience: (signal) => exit(`${signal} again: not waiting any longer`),
    onReload: () => void node.reloadPolicy()
  })

  // A promise that nobody waits for, somewhere below a connection, ends no other connection.
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'))

  const interrupted = new AbortController()

  void stopSignal.then(() => interrupted.abort())

  try {
    await node.start({ signal: interrupted.signal })
  } catch (error) {
    if (error === interrupted.signal.reason) {
      log.info('stopped before it served')

      return ExitCode.OK
    }

    const { exitCode, line } = explain(error as NodeJS.ErrnoException)

    log.fatal(line)

    return exitCode
  }

  const signal = await Promise.race([stopSignal, fatal])

  if (signal instanceof Error) {
    const { exitCode, line } = explain(signal)

    log.fatal(line)
    await node.stop({ delayMs: 0, drainMs: 0 })

    return exitCode
  }

  const options = stopOptions(config, signal)

  log.info(`${signal}: stopping, connections are closed over ${options.drainMs / 1000} s`)
  setTimeout(
    () => exit('stopping took too long'),
    options.delayMs + options.drainMs + STOP_MARGIN_MS
  ).unref()
  await node.stop(options)
  log.info('stopped')

  return ExitCode.OK
}

function stopOptions(config: Config, signal: 'SIGTERM' | 'SIGINT'): StopOptions {
  const drainMs = config['drain-seconds'] * 1000

  return signal === 'SIGTERM'
    ? { delayMs: config['drain-delay'] * 1000, drainMs }
    : { delayMs: 0, drainMs: Math.min(drainMs, INTERRUPT_DRAIN_MS_MAX) }
}

interface SignalsInit {
  /** Somebody does not want to wait for the stop. */
  onImpatience: (signal: string) => void
  /** Somebody has changed what can be read again. */
  onReload: () => void
}

/**
 * Resolves with the first signal to stop. Listens from then on as well: the same signal may come
 * twice, and one that comes later again is from somebody who does not want to wait.
 */
function firstStopSignal(init: SignalsInit): Promise<'SIGTERM' | 'SIGINT'> {
  const terminals = STANDARD_STREAMS.filter((stream) => isatty(stream))
  let firstAtMs: number | undefined

  return new Promise((resolve) => {
    function stop(signal: 'SIGTERM' | 'SIGINT'): void {
      if (firstAtMs == null) {
        firstAtMs = performance.now()
        resolve(signal)
      } else if (performance.now() - firstAtMs > SECOND_SIGNAL_AFTER_MS) {
        init.onImpatience(signal)
      }
    }

    process.on('SIGTERM', () => stop('SIGTERM'))
    process.on('SIGINT', () => stop('SIGINT'))
    process.on('SIGHUP', () => {
      // The terminal is gone, and with it whoever could press a key.
      if (terminals.length > 0 && !terminals.some((stream) => isatty(stream))) {
        stop('SIGINT')
      } else {
        init.onReload()
      }
    })
  })
}

/** What waiting can't cure. */
const CANNOT_SERVE = [StoreConfigurationError, DuplicateNodeError]

/** What is wrong with the settings, or with a file that they name. */
const BAD_CONFIG = [ConfigError, IdentityError, PolicyError, TlsFilesError]

/** One line that names the cause and the cure. */
function explain(error: NodeJS.ErrnoException): { exitCode: number; line: string } {
  if (CANNOT_SERVE.some((type) => error instanceof type)) {
    return { exitCode: ExitCode.CANNOT_SERVE, line: error.message }
  }

  if (BAD_CONFIG.some((type) => error instanceof type)) {
    return { exitCode: ExitCode.BAD_CONFIG, line: error.message }
  }

  // libp2p's own message has a stack for each address.
  const [, address, reason] =
    error instanceof ListenError
      ? [undefined, error.address.toString(), error.message]
      : (/^\s*(\/\S+): Error: (.+)$/m.exec(error.message) ?? [])
  const isTaken = /EADDRINUSE/.test(error.message)

  if (address != null || isTaken) {
    return {
      exitCode: ExitCode.FAILURE,
      line:
        `cannot listen${address == null ? '' : ` on ${address}`}: ${reason ?? error.message}; choose another address ` +
        'with --listen or --sidecar (port 0 picks a free one)'
    }
  }

  // What the system says of a name or a file tells what is wrong; anything else is not foreseen.
  const line = error.code == null ? (error.stack ?? error.message) : error.message

  return { exitCode: ExitCode.FAILURE, line }
}
