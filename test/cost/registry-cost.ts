/**
 * What the registry costs Redis as it grows: CPU time of a put and of a page, and
 * bytes per registration, with 1,000 to 1,000,000 live registrations in one namespace; and a page
 * over all of 10,000 namespaces; and what it takes Redis and a front node to read for copies.
 *
 *     npm run registry-cost -- [--sizes 1000,100000,1000000] [--json] [--report]
 *
 * It starts Redis servers of its own; times are Redis's, and of reads for copies this process's too.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { findRedis, type RedisBinary } from '../support/find-redis.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { describeReportHead, withReportDefault } from '../support/report-head.ts'
import { describeCosts } from './describe-costs.ts'
import { measureReads } from './measure-reads.ts'
import {
  INDEXES,
  measureBytes,
  measureManyNamespaces,
  measureOneNamespace
} from './measure-registry.ts'

const HELP = `Usage: npm run registry-cost -- [options]
  --sizes <list>    live registrations in one namespace (default: 1000,100000,1000000)
  --rounds <n>      times each operation is measured (default: 5)
  --report [<file>] write a Markdown report (default: docs/reports/registry-cost.md)
  --json            print the figures as JSON
  --help`

/** Enough that what Redis needs by itself does not show. */
const BYTES_REGISTRATIONS = 100_000

const NAMESPACES = 10_000

const { values } = parseArgs({
  args: withReportDefault('docs/reports/registry-cost.md'),
  options: {
    sizes: { type: 'string', default: '1000,100000,1000000' },
    rounds: { type: 'string', default: '5' },
    report: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false }
  }
})

if (values.help) {
  console.log(HELP)
} else {
  await run()
}

async function run(): Promise<void> {
  const sizes = values.sizes.split(',').map(Number)
  const rounds = Number(values.rounds)

  if (!sizes.every((size) => Number.isSafeInteger(size) && size > 0) || !(rounds >= 1)) {
    console.error(`--sizes and --rounds take whole numbers above 0\n\n${HELP}`)
    process.exitCode = 2

    return
  }

  const redis = await findRedis()

  if (redis.source.kind !== 'binary') {
    throw new Error('a Redis of its own is needed: install redis-server')
  }

  const progress = (text: string) => process.stderr.write(`${text}\n`)
  const oneNamespace = []

  for (const size of sizes) {
    oneNamespace.push(
      await onEmptyRedis(redis.source, (url) => measureOneNamespace(url, size, rounds, progress))
    )
  }

  const bytes: Record<string, number> = {}

  for (const indexes of Object.keys(INDEXES) as (keyof typeof INDEXES)[]) {
    bytes[indexes] = await onEmptyRedis(redis.source, (url) =>
      measureBytes(url, BYTES_REGISTRATIONS, indexes, progress)
    )
  }

  const costs = {
    redis: redis.description.replace(/ \(.*/, ''),
    oneNamespace,
    bytes,
    manyNamespaces: await onEmptyRedis(redis.source, (url) =>
      measureManyNamespaces(url, NAMESPACES, rounds, progress)
    ),
    reads: await onEmptyRedis(redis.source, (url) => measureReads(url, rounds, progress))
  }

  console.log(values.json ? JSON.stringify(costs, undefined, 2) : describeCosts(costs))

  if (values.report != null) {
    const head = await describeReportHead(
      'What the registry costs Redis',
      'npm run registry-cost -- --report'
    )

    await writeFile(values.report, `${head}\n${describeCosts(costs)}`)
  }
}

async function onEmptyRedis<T>(binary: RedisBinary, run: (url: string) => Promise<T>): Promise<T> {
  const server = await startRedisServer({ binary })

  try {
    return await run(server.url)
  } finally {
    await server.stop()
  }
}
