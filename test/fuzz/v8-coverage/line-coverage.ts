import { glob, readFile } from 'node:fs/promises'
import { relative } from 'node:path'
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
  'libs/wire/dist/**/*.js',
  'libs/rendezvous/dist/signed-peer-record/*.js',
  'libs/rendezvous/dist/protobuf-*.js'
]

/** Per source file, from what was executed of the compiled ones; also of files never loaded. */
export async function lineCoverage(
  executed: ReadonlyMap<string, Uint8Array>
): Promise<FileCoverage[]> {
  const files: FileCoverage[] = []

  for await (const compiled of glob(MEASURED, { cwd: ROOT })) {
    if (!compiled.includes('/generated/')) {
      files.push(await coverageOf(`${ROOT}${compiled}`, executed))
    }
  }

  return files
    .filter(({ lines }) => lines > 0)
    .sort((one, other) => (one.file < other.file ? -1 : 1))
}

async function coverageOf(
  compiled: string,
  executed: ReadonlyMap<string, Uint8Array>
): Promise<FileCoverage> {
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
    file: relative(ROOT, map.resolvedSources[0] ?? compiled),
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
