/**
 * Fills one front node with all that its limits allow at once, and holds it to the worst case that is told
 * of it. Starts everything itself, on loopback.
 *
 *     npm run memory -- [--connections n] [--report]
 *
 * The exit code is 1 where it took more, or ended.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { describeReportHead, withReportDefault } from '../support/report-head.ts'
import { exitOnInterruption, runCommand, wholeNumber } from '../support/run-command.ts'
import { describeMemory, isWithin } from './describe-memory.ts'
import { fillNode } from './fill-node.ts'

const HELP = `Usage: npm run memory -- [options]
  --connections <n>    connections of peers (default: 10000)
  --report [<file>]    write a Markdown report (default: docs/reports/memory.md)
  --json               print the figures as JSON
  --help`

const CONNECTIONS = { min: 300, max: 100_000 }

type Options = ReturnType<typeof parseOptions>

await runCommand(HELP, parseOptions, run)

function parseOptions() {
  const { values } = parseArgs({
    args: withReportDefault('docs/reports/memory.md'),
    options: {
      connections: { type: 'string', default: '10000' },
      report: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })

  return { ...values, connections: wholeNumber(values.connections, '--connections', CONNECTIONS) }
}

async function run({ connections, report, json }: Options): Promise<void> {
  exitOnInterruption()

  const progress = (line: string): void => void process.stderr.write(`${line}\n`)
  const filled = await fillNode({ connections, progress })
  const text = describeMemory(filled)

  console.log(json ? JSON.stringify(filled, undefined, 2) : text)

  if (report != null) {
    const command = `npm run memory -- --connections ${connections} --report`
    const head = await describeReportHead('What a front node takes at worst', command)

    await writeFile(report, `${head}\n${text}`)
  }

  // Connections of peers may be left.
  process.exit(isWithin(filled) ? 0 : 1)
}
