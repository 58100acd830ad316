import { existsSync, openSync, readFileSync, writeSync } from 'node:fs'

/** Longest name of a target, and the length of an input behind it. */
const NAME_BYTES = 60
const HEADER_BYTES = NAME_BYTES + 4

/**
 * The input that is being executed, in a file: what a process that hangs or dies was fed with is
 * still there.
 */
export class InputInFlight {
  readonly #descriptor: number

  constructor(file: string) {
    this.#descriptor = openSync(file, 'w')
  }

  write(target: string, input: Uint8Array): void {
    const bytes = Buffer.alloc(HEADER_BYTES + input.byteLength)

    bytes.write(target)
    bytes.writeUInt32LE(input.byteLength, NAME_BYTES)
    bytes.set(input, HEADER_BYTES)
    // At the start, and in one piece: what is left of a longer one before does not count.
    writeSync(this.#descriptor, bytes, 0, bytes.byteLength, 0)
  }
}

/** `undefined` where nothing was executed. */
export function readInputInFlight(file: string): { target: string; input: Uint8Array } | undefined {
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0)

  if (bytes.byteLength < HEADER_BYTES) {
    return undefined
  }

  const length = bytes.readUInt32LE(NAME_BYTES)

  return {
    target: bytes.subarray(0, NAME_BYTES).toString().replaceAll('\0', ''),
    input: new Uint8Array(bytes.subarray(HEADER_BYTES, HEADER_BYTES + length))
  }
}
