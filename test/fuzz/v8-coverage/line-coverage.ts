import { glob, readFile } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { eachMapping, TraceMap } from '@jridgewell/trace-mapping'

/** Lines of one source file that hold code. */
export interface FileCoverage {
  /** From the root of the project. */
  file: string
  lines: number
  /** Numbers of those that were never executed. */
  uncovered: number[]
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** What has to be covered: all that reads or writes bytes of others. No generated code. */
const MEASURED = [
  'libs/wire/src/**/*.ts',
  'libs/rendezvous/src/signed-peer-record/*.ts',
  'libs/rendezvous/src/protobuf-*.ts'
]

/** Per source file, from what was executed of the compiled ones; also of files never loaded. */
export async function lineCoverage(
  executed: ReadonlyMap<string, Uint8Array>
): Promise<FileCoverage[]> {
  const files: FileCoverage[] = []

  for await (const source of glob(MEASURED, { cwd: ROOT })) {
    if (!source.includes('/generated/')) {
      files.push(await coverageOf(source, executed))
    }
  }

  return files
    .filter(({ lines }) => lines > 0)
    .sort((one, other) => (one.file < other.file ? -1 : 1))
}

async function coverageOf(
  source: string,
  executed: ReadonlyMap<string, Uint8Array>
): Promise<FileCoverage> {
  const compiled = `${ROOT}${source.replace('/src/', '/dist/').replace(/\.ts$/, '.js')}`
  const code = await readFile(compiled, 'utf8')
  const map = new TraceMap(await readFile(`${compiled}.map`, 'utf8'), `${compiled}.map`)
  const bytes = executed.get(pathToFileURL(compiled).href) ?? new Uint8Array()
  const lineStarts = startsOfLines(code)
  const isCovered = new Map<number, boolean>()

  eachMapping(map, ({ generatedLine, generatedColumn, originalLine }) => {
    const offset = (lineStarts[generatedLine - 1] ?? 0) + generatedColumn

    // The end of a block belongs to what is in front of it, and is not reached behind a return.
    if (originalLine != null && !/[\s})\];,]/.test(code[offset] ?? ' ')) {
      isCovered.set(originalLine, isCovered.get(originalLine) === true || bytes[offset] === 1)
    }
  })

  return {
    file: source,
    lines: isCovered.size,
    uncovered: [...isCovered].filter(([, covered]) => !covered).map(([line]) => line)
  }
}

function startsOfLines(code: string): number[] {
  const starts = [0]

  for (let at = code.indexOf('\n'); at !== -1; at = code.indexOf('\n', at + 1)) {
    starts.push(at + 1)
  }

  return starts
}
