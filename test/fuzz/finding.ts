import { BrokenInvariantError, DifferenceError } from './target.ts'

/** What is wrong: it threw or died, it took too long, or what it did is not what it should do. */
export type FindingKind = 'crash' | 'hang' | 'difference' | 'invariant'

export interface Finding {
  kind: FindingKind
  target: string
  input: Uint8Array
  message: string
}

/** What an error says about the input that led to it. */
export function findingOf(error: unknown, target: string, input: Uint8Array): Finding {
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error))

  if (error instanceof DifferenceError) {
    return { kind: 'difference', target, input, message }
  }

  if (error instanceof BrokenInvariantError) {
    return { kind: 'invariant', target, input, message }
  }

  return { kind: 'crash', target, input, message: stack }
}

/** The same for findings that look alike: whatever differs between inputs is left out. */
export function likenessOf({ kind, target, message }: Finding): string {
  const [first = ''] = message.split('\n')

  return `${kind} ${target} ${first.replaceAll(/[0-9a-f]*\d[0-9a-f]*/g, '#').slice(0, 200)}`
}
