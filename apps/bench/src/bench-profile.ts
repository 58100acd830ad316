import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { Inspector } from '../../../test/support/inspector.ts'
import { pinTo } from '../../../test/support/pin-to.ts'
import { findFreePort } from '../../../test/support/redis-server.ts'
import { describeReportHead } from '../../../test/support/report-head.ts'
import { oneOf, untilInterrupted, wholeNumber } from '../../../test/support/run-command.ts'
import { LOAD_CORE, SERVER_CORE } from './cores.ts'
import { LoadProcess } from './load/start-load.ts'
import { type Measured, measure } from './measure.ts'
import { OPERATION_FLAGS, operationOf } from './operation-flags.ts'
import { type ProfilePart, partsOfProfile } from './parts-of-profile.ts'
import type { Operation } from './run-peers.ts'
import { OUR_SERVERS, type OurServerInit, ourServer } from './servers/our-server.ts'

/** Between two samples, in microseconds: often enough for a part that takes a hundredth. */
const SAMPLED_EVERY_US = 200

const WARM_UP_SECONDS = 3

/** Parts that take less of an operation than this share are put together. */
const SMALL = 0.01

const POPULATION = { peers: 1000, namespaces: 1, prefix: '/profile/' }

export const PROFILE_HELP = `Usage: npm run bench -- profile [options]
  --server <name>      one of ${Object.keys(OUR_SERVERS).join(', ')} (default: ours-waku)
  --operation <name>   one of ${OPERATION_FLAGS.join(', ')};
                       may be given several times (default: connect, refresh, discover-50, discover-1000)
  --seconds <n>        how long each (default: 10)
  --report [<file>]    write a Markdown report (default: docs/profile.md)
  --json               print the figures as JSON
  --help`

type Options = ReturnType<typeof parseProfileOptions>

/** Where the time of one operation went. */
interface OperationProfile {
  operation: string
  measured: Measured
  /** Microseconds of the main thread for each operation. */
  parts: ProfilePart[]
}

/** @param args - behind `profile`
 *  @throws UsageError, or what Node's `parseArgs` does */
export function parseProfileOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      server: { type: 'string', default: 'ours-waku' },
      operation: {
        type: 'string',
        multiple: true,
        default: ['connect', 'refresh', 'discover-50', 'discover-1000']
      },
      seconds: { type: 'string', default: '10' },
      report: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })

  return {
    ...values,
    init: OUR_SERVERS[oneOf(values.server, Object.keys(OUR_SERVERS), '--server')] as OurServerInit,
    operations: values.operation.map((name) => operationOf(name)),
    seconds: wholeNumber(values.seconds, '--seconds', { max: 600 })
  }
}

/** Takes a profile of a front node under load, and tells what an operation's time goes to. */
export async function benchProfile({
  server,
  init,
  operations,
  seconds,
  report,
  json
}: Options): Promise<void> {
  const profiles = await untilInterrupted((signal) =>
    takeProfiles(init, operations, seconds, signal)
  )

  if (profiles == null) {
    return
  }

  const text = describeProfiles(server, profiles)

  console.log(json ? JSON.stringify(profiles, undefined, 2) : text)

  if (report != null) {
    const head = await describeReportHead(
      'Where the time of a front node goes',
      `npm run bench -- ${process.argv.slice(2).join(' ')}`
    )

    await writeFile(report, `${head}\n${text}`)
  }
}

async function takeProfiles(
  init: OurServerInit,
  operations: readonly Operation[],
  seconds: number,
  signal: AbortSignal
): Promise<OperationProfile[]> {
  const port = await findFreePort()
  const server = await ourServer({
    ...init,
    nodeArgs: [`--inspect=127.0.0.1:${port}`]
  }).start(POPULATION)
  const stops: (() => Promise<void> | void)[] = [() => server.stop()]

  try {
    await pinTo(LOAD_CORE, process.pid)
    await pinTo(SERVER_CORE, server.pid)

    const load = await LoadProcess.start(server.target, POPULATION)

    stops.push(() => load.stop())
    signal.addEventListener('abort', () => void load.stop(), { once: true })

    if (server.fill != null) {
      await load.fill(server.fill)
    }

    const inspector = await Inspector.connect(port)

    stops.push(() => inspector.close())

    const profiles: OperationProfile[] = []

    for (const { name, rate: _, ...operation } of operations) {
      signal.throwIfAborted()
      process.stderr.write(`${name}\n`)

      const request = { do: 'run', ...operation } as const

      await load.run({ ...request, seconds: WARM_UP_SECONDS })
      await inspector.startProfile(SAMPLED_EVERY_US)

      const measured = await measure(server, load, { ...request, seconds })
      const parts = partsOfProfile(await inspector.stopProfile())

      profiles.push({
        operation: name,
        measured,
        parts: parts.map(({ part, us }) => ({ part, us: us / Math.max(1, measured.operations) }))
      })
    }

    return profiles
  } finally {
    for (const stop of stops.reverse()) {
      await stop()
    }
  }
}

function describeProfiles(server: string, profiles: readonly OperationProfile[]): string {
  return `\`${server}\` of [the benchmark](benchmarks.md), 1,000 live registrations in one namespace, with V8's profiler: microseconds of the
main thread for one operation, by the package whose function was on top of the stack. The profiler itself takes time, so it
is the shares that count. Other threads, which collect garbage, are not in it.

${profiles.map((each) => describeProfile(each)).join('\n')}`
}

function describeProfile({ operation, parts }: OperationProfile): string {
  const all = sumOf(parts)
  const large = parts.filter(({ us }) => us >= SMALL * all)
  const rows = [...large, { part: `${parts.length - large.length} others`, us: all - sumOf(large) }]

  return `## ${operation}

| | µs | share |
|---|---:|---:|
${rows.map(({ part, us }) => `| ${part} | ${us.toFixed(1)} | ${((100 * us) / all).toFixed(0)} % |`).join('\n')}
| **all** | **${all.toFixed(0)}** | |
`
}

function sumOf(parts: readonly ProfilePart[]): number {
  return parts.reduce((sum, { us }) => sum + us, 0)
}
