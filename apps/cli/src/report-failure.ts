import { RefusedError } from '@rendezvous-cluster/client'
import { ExitCode } from '@rendezvous-cluster/front'
import { responseStatusName } from '@rendezvous-cluster/rendezvous'
import { explainFailure } from './explain-failure.ts'
import { INTERRUPTED, InterruptedError } from './interrupted-error.ts'

/** Prints why a command failed and sets the exit code. With `json` a program can read it. */
export function reportFailure(reason: unknown, json: boolean | undefined): void {
  const error = refusalOf(reason) ?? reason
  const status = error instanceof RefusedError ? error.status : undefined
  const name = status == null ? undefined : (responseStatusName(status) ?? String(status))
  const text = error instanceof Error ? explainFailure(error) : String(error)
  const message = name == null ? text : `the point refused: ${name} (${status}), ${text}`

  if (json) {
    printError({ message, status: name })
  } else {
    process.stderr.write(`${message}\n`)
  }

  process.exitCode = reason instanceof InterruptedError ? INTERRUPTED : ExitCode.FAILURE
}

/** The one form that `--json` has for errors. */
export function printError(error: { message: string; status?: string }): void {
  process.stdout.write(`${JSON.stringify({ error })}\n`)
}

/** A point in trouble of its own counts as one that does not answer, but has said what it is. */
function refusalOf(error: unknown): RefusedError | undefined {
  if (error instanceof RefusedError) {
    return error
  }

  return error instanceof Error ? refusalOf(error.cause) : undefined
}
