/** What a command of the tests is ended by, as shells tell it. */
export const INTERRUPTED = 130

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What was given to a command is nothing that it takes. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/**
 * Runs a command with its options, or prints its help. The exit code is 2, with the help, where the
 * options are wrong, and 1 where it fails.
 *
 * @param parseOptions - throws {@link UsageError}, or what Node's `parseArgs` does
 */
export async function runCommand<Options extends { help: boolean }>(
  help: string,
  parseOptions: () => Options,
  run: (options: Options) => Promise<void> | void
): Promise<void> {
  try {
    const options = parseOptions()

    if (options.help) {
      console.log(help)
    } else {
      await run(options)
    }
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    const isUsage = error instanceof UsageError || code.startsWith('ERR_PARSE_ARGS_')

    console.error(isUsage ? `${message}\n\n${help}` : message)
    process.exitCode = isUsage ? 2 : 1
  }
}

/**
 * @param range - default: from 1 on
 * @throws UsageError unless it is a whole number in that range
 */
export function wholeNumber(
  text: string,
  flag: string,
  { min = 1, max }: { min?: number; max?: number } = {}
): number {
  const value = Number(text)

  // Not "1e3", and not "".
  if (
    !/^\d+$/.test(text) ||
    !Number.isSafeInteger(value) ||
    value < min ||
    (max != null && value > max)
  ) {
    throw new UsageError(
      `${flag}: give a whole number from ${min}${max == null ? ' on' : ` to ${max}`}`
    )
  }

  return value
}

/** @throws UsageError unless it is one of these */
export function oneOf<T extends string>(text: string, allowed: readonly T[], flag: string): T {
  const found = allowed.find((name) => name === text)

  if (found == null) {
    throw new UsageError(`${flag}: give one of ${allowed.join(', ')}`)
  }

  return found
}

/** Aborted by the first signal to stop; what was started is then ended in order. */
export function interruption(): AbortSignal {
  const controller = new AbortController()

  for (const signal of SIGNALS) {
    process.on(signal, () => controller.abort(new Error(signal)))
  }

  return controller.signal
}

/**
 * Runs what the first signal to stop ends in order.
 *
 * @returns undefined where it was ended so; that is told, and the exit code is set
 */
export async function untilInterrupted<T>(
  act: (signal: AbortSignal) => Promise<T>
): Promise<T | undefined> {
  const signal = interruption()

  try {
    return await act(signal)
  } catch (error) {
    if (!signal.aborted) {
      throw error
    }

    console.error('interrupted')
    process.exitCode = INTERRUPTED

    return undefined
  }
}

/** For a command whose processes and servers all end with it. */
export function exitOnInterruption(): void {
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      console.error('interrupted')
      process.exit(INTERRUPTED)
    })
  }
}
