import type { WriteStream } from 'node:tty'
import { demoTable, progressLine } from './demo-table.ts'
import type { DemoView } from './demo-view.ts'

/** From one drawing of the table to the next, in milliseconds. */
const TABLE_MS = 250

/** From one line to the next where nothing can be redrawn, in milliseconds. */
const LINE_MS = 2000

/** Moves to the start of the line, so many lines up, and clears from there on. */
const clearLines = (count: number): string => `\x1b[${count}F\x1b[J`

/**
 * Shows a demo while it runs: a table in place on a terminal that has room, a line now and then
 * elsewhere.
 *
 * @returns call it to show the last state and end
 */
export function showDemo(stream: WriteStream, view: () => DemoView): () => void {
  let drawn = 0

  function draw(): void {
    const lines = demoTable(view()).map((line) => line.slice(0, stream.columns - 1))
    const clear = drawn === 0 ? '' : clearLines(drawn)

    stream.write(`${clear}${lines.join('\n')}\n`)
    drawn = lines.length
  }

  const hasRoom =
    stream.isTTY && process.env.TERM !== 'dumb' && stream.rows > demoTable(view()).length
  const show = hasRoom ? draw : () => stream.write(`${progressLine(view())}\n`)
  const timer = setInterval(show, hasRoom ? TABLE_MS : LINE_MS)

  show()

  return () => {
    clearInterval(timer)
    show()

    if (hasRoom) {
      stream.write('\n')
    }
  }
}
