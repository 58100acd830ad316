import { CommanderError } from 'commander'
import { createProgram } from './create-program.ts'
import { printUsageError } from './usage-error.ts'

/** The shell's convention for a program ended by SIGPIPE: nobody reads on. */
const PIPE_CLOSED = 141

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? PIPE_CLOSED : 1)
})

try {
  await createProgram().parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) {
    throw error
  }

  // commander has printed its message; help and version are no failures.
  process.exitCode = error.exitCode === 0 ? 0 : 2

  // What commander has not parsed to the end has no options to look at.
  if (error.exitCode !== 0 && process.argv.includes('--json')) {
    printUsageError(error)
  }
}

// A command that has returned has nothing left to do; but Node's WebSocket waits for a point that does
// not answer, and can't be told not to.
process.exit()
