import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { untilInterrupted, wholeNumber } from '../../../test/support/run-command.ts'
import { NODE_ARGS } from './servers/our-server.ts'
import type { StoreFigures } from './store-process.ts'

const run = promisify(execFile)

const MIB = 1024 * 1024

/** As `rendezvous serve` says it to V8 itself. */
const SERVE_ARGS = ['--no-parallel-scavenge', '--no-minor-gc-task']

export const STORE_HELP = `Usage: npm run bench -- store [options]
  --before <folder>    another checkout of this project, compiled: measured beside this one
  --live <list>        live registrations (default: 1000,100000,1000000)
  --json               print the figures as JSON
  --help`

type Options = ReturnType<typeof parseStoreOptions>

interface Row extends StoreFigures {
  which: 'before' | 'now'
}

/** @param args - behind `store`
 *  @throws UsageError, or what Node's `parseArgs` does */
export function parseStoreOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      before: { type: 'string' },
      live: { type: 'string', default: '1000,100000,1000000' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })

  return {
    ...values,
    live: values.live.split(',').map((text) => wholeNumber(text, '--live', { max: 10_000_000 }))
  }
}

/** Measures what the memory store takes for an operation, and in memory, each time in a process of its own. */
export async function benchStore({ live, before, json }: Options): Promise<void> {
  const checkouts = [
    ...(before == null ? [] : [{ which: 'before' as const, folder: resolve(before) }]),
    { which: 'now' as const, folder: fileURLToPath(new URL('../../..', import.meta.url)) }
  ]
  const rows = await untilInterrupted(async (signal) => {
    const all: Row[] = []

    for (const count of live) {
      for (const { which, folder } of checkouts) {
        process.stderr.write(`${count} live: ${which}\n`)
        all.push({ which, ...(await measure(folder, count, signal)) })
      }
    }

    return all
  })

  if (rows != null) {
    console.log(json ? JSON.stringify(rows, undefined, 2) : describe(rows))
  }
}

async function measure(folder: string, live: number, signal: AbortSignal): Promise<StoreFigures> {
  const program = fileURLToPath(new URL('store-process.ts', import.meta.url))
  const args = [...NODE_ARGS, ...SERVE_ARGS, program, folder, String(live)]
  const { stdout } = await run(process.execPath, args, { signal })

  return JSON.parse(stdout)
}

function describe(rows: readonly Row[]): string {
  const line = (name: string, cell: (row: Row) => string) =>
    `| ${name} | ${rows.map(cell).join(' | ')} |`
  const us = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} µs`

  return [
    line('', ({ live, which }) => `${live.toLocaleString('en')}, ${which}`),
    line('---', () => '---:'),
    line('refresh', ({ refresh }) => us(refresh)),
    line('sample of 50', ({ sample50 }) => us(sample50)),
    line('sample of 1,000', ({ sample1000 }) => us(sample1000)),
    line('page of 50', ({ page50 }) => us(page50)),
    line('longest pause for garbage', ({ longestPauseMs }) => `${longestPauseMs.toFixed(0)} ms`),
    line('heap of each', ({ heapBytes }) => `${heapBytes.toFixed(0)} bytes`),
    line('outside of it', ({ outsideBytes }) => `${outsideBytes.toFixed(0)} bytes`),
    line('process', ({ rssBytes }) => `${(rssBytes / MIB).toFixed(0)} MiB`)
  ].join('\n')
}
