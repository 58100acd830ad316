import type { LineCounter } from 'yaml'
import { PolicyError } from './policy-error.ts'

/** Problems told at once. More than anybody mends by hand, and still a message that a log takes. */
const PROBLEMS_MAX = 1000

/** Characters of a file's own text in a message. */
const QUOTE_CHARACTERS_MAX = 80

/** Gathers what is wrong with a file, and where. */
export class PolicyProblems {
  readonly #found: { offset: number; problem: string }[] = []
  readonly #name: string
  readonly #lines: LineCounter

  /** @param lines - filled by the parser */
  constructor(name: string, lines: LineCounter) {
    this.#name = name
    this.#lines = lines
  }

  add(offset: number, problem: string): void {
    this.#found.push({ offset, problem })
  }

  lineOf(offset: number): number {
    return this.#lines.linePos(offset).line
  }

  /** @throws PolicyError with every problem in the order of the file, if there is one */
  throwIfAny(): void {
    if (this.#found.length === 0) {
      return
    }

    const lines = new Set(
      this.#found
        .toSorted((left, right) => left.offset - right.offset)
        .map(({ offset, problem }) => `${this.#place(offset)}: ${problem}`)
    )
    const problems = [...lines].slice(0, PROBLEMS_MAX)

    if (lines.size > PROBLEMS_MAX) {
      problems.push(`${this.#name}: and ${lines.size - PROBLEMS_MAX} problems more`)
    }

    throw new PolicyError(problems)
  }

  #place(offset: number): string {
    const { line, col } = this.#lines.linePos(offset)

    return `${this.#name}:${line}:${col}`
  }
}

/** Text of a file for one line of a message: cut, and harmless to a terminal. */
export function printable(text: string): string {
  const characters = [...text.slice(0, 2 * QUOTE_CHARACTERS_MAX)]
  const shown = characters.slice(0, QUOTE_CHARACTERS_MAX).join('')
  const isCut = shown.length < text.length

  return shown.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeCharacter) + (isCut ? '…' : '')
}

function escapeCharacter(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`
}
