import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/**
 * Runs a program to its end.
 *
 * @returns what it has written to standard output
 * @throws Error with what it has written to standard error unless it ends with 0
 */
export async function run(file: string, args: readonly string[]): Promise<string> {
  try {
    return (await execute(file, args, { maxBuffer: 64 * 1024 * 1024 })).stdout
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }

    throw new Error(stderr || message, { cause: error })
  }
}
