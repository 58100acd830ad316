/**
 * The rows of a table as lines of text.
 *
 * @param rows - with as many cells each, those with text first
 * @param textColumns - how many those are: they stand left, and the others, with numbers, right
 */
export function alignColumns(rows: readonly string[][], textColumns: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  )

  return rows.map((row) =>
    row
      .map((cell, column) =>
        column < textColumns
          ? cell.padEnd(widths[column] as number)
          : cell.padStart(widths[column] as number)
      )
      .join('  ')
  )
}
