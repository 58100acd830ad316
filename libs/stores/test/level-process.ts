import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const CHILD = fileURLToPath(new URL('level-child.ts', import.meta.url))

/** A line of `level-child.ts`. */
export interface Line {
  word: string
  peer: number
  atMs: number
}

/** A second process with a level store. */
export class LevelProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  readonly #lines: Line[] = []

  /** @param fileBytesMax - most bytes that it may write to one file, as on a full disk */
  constructor(args: string[], fileBytesMax?: number) {
    const command = [process.execPath, CHILD, ...args]
    const limited = `trap '' XFSZ; ulimit -f ${(fileBytesMax ?? 0) / 512}; exec "$@"`
    const [file, ...rest] =
      fileBytesMax == null ? command : ['/bin/sh', '-c', limited, 'sh', ...command]

    this.#child = spawn(file as string, rest, { stdio: ['ignore', 'pipe', 'inherit'] })

    const reader = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream })

    this.#ended = Promise.all([once(this.#child, 'close'), once(reader, 'close')])
    reader.on('line', (line) => {
      const [word = '', peer, atMs] = line.split(' ')

      this.#lines.push({ word, peer: Number(peer), atMs: Number(atMs) })
    })
  }

  /** Waits until it has said enough. */
  async until(isEnough: (lines: Line[]) => boolean): Promise<void> {
    while (!isEnough(this.#lines)) {
      if (this.#child.exitCode != null) {
        throw new Error(`the process ended by itself, with ${this.#child.exitCode}`)
      }

      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** Ends it by SIGKILL, in the middle of what it does. Resolves to all that it said. */
  async kill(): Promise<Line[]> {
    await this.end()

    if (this.#child.signalCode !== 'SIGKILL') {
      throw new Error(`the process ended by itself, with ${this.#child.exitCode}`)
    }

    return this.#lines
  }

  /** Does nothing once it has ended. */
  async end(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }
}
