import type { CommanderError } from 'commander'
import { printError } from './report-failure.ts'

/** An option with an error in its name may be followed by a password, and logs keep this. */
export function hideValue(text: string): string {
  return text.replace(/(unknown option '--[\w-]+)=.*'/s, "$1'")
}

/** Prints for a program why its command line was refused: commander has told people. */
export function printUsageError({ message }: CommanderError): void {
  printError({ message: hideValue(message).replace(/^error: /, '') })
}
