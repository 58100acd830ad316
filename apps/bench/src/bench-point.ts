import { parseArgs } from 'node:util'
import { multiaddr } from '@multiformats/multiaddr'
import { CLIENT_DIALECTS, type DialectName } from '@rendezvous-cluster/wire'
import {
  INTERRUPTED,
  interruption,
  oneOf,
  UsageError,
  wholeNumber
} from '../../../test/support/run-command.ts'
import { type LoadRun, SCENARIOS } from './load/load-request.ts'
import { LoadProcess } from './load/start-load.ts'
import { cpuSeconds } from './process-usage.ts'

const DIALECTS = Object.keys(CLIENT_DIALECTS) as DialectName[]

const WARM_UP_SECONDS = 1

export const POINT_HELP = `Usage: npm run bench -- --point <multiaddr> [options]
  --point <multiaddr>  the server
  --scenario <name>    one of ${SCENARIOS.join(', ')} (default: refresh)
  --protocol <name>    one of ${DIALECTS.join(', ')} (default: waku)
  --connections <n>    open connections, which take turns (default: 100)
  --concurrency <n>    operations under way at a time (default: 16)
  --rate <n>           operations a second, however long they take (default: as fast as they are answered)
  --limit <n>          of DISCOVER (default: 50)
  --seconds <n>        how long (default: 10)
  --processes <n>      of load, each with so many connections (default: 1)
  --pid <pid>          of the server, on this machine: tells its processor time per operation
  --json               print the figures as JSON
  --help`

type Options = ReturnType<typeof parsePointOptions>

/** What a load has seen. */
interface PointFigures {
  operations: number
  failed: number
  reasons: string[]
  operationsPerSecond: number
  /** Milliseconds; of several processes the worst. */
  p50: number
  p99: number
  p999: number
  /** In an answer to DISCOVER, on average. */
  registrations: number
  /** Microseconds of processor time of the server per operation. */
  serverUs?: number
}

/** @throws UsageError, or what Node's `parseArgs` does */
export function parsePointOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      point: { type: 'string', default: '' },
      scenario: { type: 'string', default: 'refresh' },
      protocol: { type: 'string', default: 'waku' },
      connections: { type: 'string', default: '100' },
      concurrency: { type: 'string', default: '16' },
      rate: { type: 'string' },
      limit: { type: 'string', default: '50' },
      seconds: { type: 'string', default: '10' },
      processes: { type: 'string', default: '1' },
      pid: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })
  const connections = wholeNumber(values.connections, '--connections', { max: 20_000 })

  return {
    ...values,
    point: values.help ? '' : pointOf(values.point),
    scenario: oneOf(values.scenario, SCENARIOS, '--scenario'),
    protocol: oneOf(values.protocol, DIALECTS, '--protocol'),
    connections,
    concurrency: wholeNumber(values.concurrency, '--concurrency', { max: connections }),
    rate: values.rate == null ? undefined : wholeNumber(values.rate, '--rate'),
    limit: wholeNumber(values.limit, '--limit'),
    seconds: wholeNumber(values.seconds, '--seconds', { max: 3600 }),
    processes: wholeNumber(values.processes, '--processes', { max: 64 }),
    pid: values.pid == null ? undefined : wholeNumber(values.pid, '--pid')
  }
}

/** Puts load on a server that runs, and prints what came of it. */
export async function benchPoint(options: Options): Promise<void> {
  const stopped = interruption()
  const loads: LoadProcess[] = []

  stopped.addEventListener('abort', () => {
    console.error('interrupted')
    process.exit(INTERRUPTED)
  })

  try {
    for (let index = 0; index < options.processes; index++) {
      loads.push(await startLoad(options, index))
    }

    process.stderr.write(`${options.scenario} for ${options.seconds} s…\n`)

    const figures = await measure(options, loads)

    console.log(options.json ? JSON.stringify(figures, undefined, 2) : describe(figures))
    process.exitCode = figures.operations > 0 ? 0 : 1
  } finally {
    await Promise.all(loads.map((load) => load.stop()))
  }
}

function startLoad({ point, protocol, connections }: Options, index: number): Promise<LoadProcess> {
  const { recordKind, ttlSeconds } = CLIENT_DIALECTS[protocol].rules

  return LoadProcess.start(
    { point, dialect: protocol, recordKind, ttlSeconds: ttlSeconds.default },
    // Other peers in each process, in the same namespace.
    { peers: connections, firstPeer: index * connections, namespaces: 1, prefix: '/bench/' }
  )
}

async function measure(options: Options, loads: readonly LoadProcess[]): Promise<PointFigures> {
  const { scenario, connections, concurrency, limit, rate, pid } = options
  const run = (seconds: number) =>
    Promise.all(
      loads.map((load) =>
        load.run({
          do: 'run',
          ...{ scenario, connections, concurrency, limit, seconds },
          rate: rate == null ? undefined : rate / loads.length
        })
      )
    )

  // Opens the connections, too.
  await run(WARM_UP_SECONDS)

  const before = pid == null ? 0 : await cpuSeconds(pid)
  const runs = await run(options.seconds)
  const operations = sum(runs, (run) => run.operations)
  const cpu = pid == null ? undefined : (await cpuSeconds(pid)) - before

  return {
    operations,
    failed: sum(runs, (run) => run.failed),
    reasons: [...new Set(runs.flatMap(({ reasons }) => reasons))],
    operationsPerSecond: sum(runs, (run) => run.operations / run.seconds),
    p50: Math.max(...runs.map(({ p50 }) => p50)),
    p99: Math.max(...runs.map(({ p99 }) => p99)),
    p999: Math.max(...runs.map(({ p999 }) => p999)),
    registrations: sum(runs, (run) => run.registrations) / runs.length,
    serverUs: cpu == null ? undefined : (cpu * 1_000_000) / Math.max(1, operations)
  }
}

function describe(figures: PointFigures): string {
  const { operations, operationsPerSecond, p50, p99, p999, registrations, serverUs } = figures

  return [
    `${operations} operations, ${operationsPerSecond.toFixed(0)} a second`,
    `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, p99.9 ${p999.toFixed(1)} ms`,
    ...(registrations > 0 ? [`${registrations.toFixed(0)} registrations in an answer`] : []),
    ...(serverUs == null ? [] : [`${serverUs.toFixed(0)} µs of the server's time each`]),
    ...(figures.failed === 0 ? [] : [`${figures.failed} failed: ${figures.reasons.join('; ')}`])
  ].join('\n')
}

function sum(runs: readonly LoadRun[], of: (run: LoadRun) => number): number {
  return runs.reduce((total, run) => total + of(run), 0)
}

function pointOf(text: string): string {
  try {
    return multiaddr(text).toString() === '/' ? refuse(text) : text
  } catch {
    return refuse(text)
  }
}

function refuse(text: string): never {
  throw new UsageError(
    `--point: ${text === '' ? 'give the multiaddr of a server' : `${text} is no multiaddr`}`
  )
}
