/**
 * Registers 500 Go peers with Ed25519 keys and asks for 50 of them a hundred times: how many
 * records an answer has, and how many of the 500 are ever seen.
 *
 *     npm run five-hundred -- [--server <multiaddr>] [--store <url>] [--json] …
 *
 * Without `--server` it starts a front node for the time of the run.
 */
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { runCommand, wholeNumber } from '../support/run-command.ts'
import { describeFigures, drawFromCrowd } from './support/crowd.ts'
import { startFrontProcess } from './support/front-process.ts'
import { startGoPeer } from './support/go-peer.ts'
import { findGoProgram } from './support/go-program.ts'
import { programOf } from './support/peer-program.ts'

const HELP = `Usage: npm run five-hundred -- [options]
  --server <multiaddr>  server of /vac/waku/rendezvous/0.0.1 (default: a front node of its own)
  --store <url>         store of that front node (default: memory:)
  --registrants <n>     peers that register (default: 500)
  --answers <n>         times to ask (default: 100)
  --limit <n>           most records asked for (default: 50)
  --refresh-ms <n>      how often each registrant registers again (default: 10000)
  --json                print the figures as JSON
  --help`

type Options = ReturnType<typeof parseOptions>

await runCommand(HELP, parseOptions, run)

function parseOptions() {
  const { values } = parseArgs({
    options: {
      server: { type: 'string' },
      store: { type: 'string', default: 'memory:' },
      registrants: { type: 'string', default: '500' },
      answers: { type: 'string', default: '100' },
      limit: { type: 'string', default: '50' },
      'refresh-ms': { type: 'string', default: '10000' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })

  return {
    ...values,
    registrants: wholeNumber(values.registrants, '--registrants'),
    answers: wholeNumber(values.answers, '--answers'),
    limit: wholeNumber(values.limit, '--limit'),
    refreshMs: wholeNumber(values['refresh-ms'], '--refresh-ms')
  }
}

async function run({ server, store, json, ...sizes }: Options): Promise<void> {
  const { file } = programOf(await findGoProgram('go-waku'))
  const running: { kill(): Promise<unknown> }[] = []

  try {
    const point = server ?? (await ownServer(store, running))
    const figures = await drawFromCrowd({
      ...sizes,
      goPeer(subcommand, flags) {
        const goPeer = startGoPeer(file, subcommand, flags)

        running.push(goPeer)

        return goPeer
      },
      registerAt: point,
      discoverAt: point,
      namespace: `/five-hundred/${randomUUID()}`
    })

    console.log(json ? JSON.stringify(figures) : describeFigures(figures))
  } finally {
    await Promise.all(running.map((child) => child.kill()))
  }
}

async function ownServer(store: string, running: { kill(): Promise<unknown> }[]): Promise<string> {
  const node = await startFrontProcess({ store })

  running.push(node)

  return node.point
}
