/** Prints a few named values: as JSON, or a line each. */
export function printFields(fields: Record<string, unknown>, json: boolean | undefined): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(fields)}\n`)

    return
  }

  for (const [name, value] of Object.entries(fields)) {
    process.stdout.write(`${name}: ${value}\n`)
  }
}
