import { createHash } from 'node:crypto'
import { appendFile, glob, mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Finding } from './finding.ts'

/** One file for each target, an input a line, in hex. */
export const CORPUS_DIRECTORY = fileURLToPath(new URL('corpus/', import.meta.url))

/** What was found, to be tried in each run until it is fixed and has a test. */
const CRASHES = 'crashes'

/** Inputs of a target, those of findings among them. A line that begins with `#` says something. */
export async function readCorpus(directory: string, target: string): Promise<Uint8Array[]> {
  const inputs: Uint8Array[] = []

  for await (const file of glob([`${target}.hex`, `${CRASHES}/${target}.*.hex`], {
    cwd: directory
  })) {
    inputs.push(...(await readInputs(join(directory, file))))
  }

  return inputs
}

/** An empty line is an empty input. */
export async function readInputs(file: string): Promise<Uint8Array[]> {
  const lines = (await readFile(file, 'utf8')).replace(/\n$/, '').split('\n')

  return lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => new Uint8Array(Buffer.from(line, 'hex')))
}

/** The target whose inputs a file holds. */
export function targetOf(file: string): string {
  return basename(file).split('.')[0] ?? ''
}

export async function addToCorpus(
  directory: string,
  target: string,
  inputs: readonly Uint8Array[]
): Promise<void> {
  await appendFile(
    join(directory, `${target}.hex`),
    inputs.map((input) => `${Buffer.from(input).toString('hex')}\n`).join('')
  )
}

/** @returns the file, which `--replay` takes */
export async function saveFinding(directory: string, finding: Finding): Promise<string> {
  const { kind, target, input, message } = finding
  const digest = createHash('sha256').update(input).digest('hex').slice(0, 8)
  const file = join(directory, CRASHES, `${target}.${digest}.hex`)
  const [first = ''] = message.split('\n')

  await mkdir(join(directory, CRASHES), { recursive: true })
  await writeFile(
    file,
    `# ${kind}: ${first.slice(0, 300)}\n${Buffer.from(input).toString('hex')}\n`
  )

  return file
}
