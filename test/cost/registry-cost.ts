/**
 * What the registry costs Redis as it grows: CPU time of a put, of a pool fill and of a page, and
 * bytes per registration, with 1,000 to 1,000,000 live registrations in one namespace; and a page
 * over all of 10,000 namespaces.
 *
 *     npm run registry-cost -- [--sizes 1000,100000,1000000] [--json] [--report <file>]
 *
 * It starts a Redis of its own, pinned to nothing; times are Redis's own, from INFO commandstats.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { findRedis } from '../support/find-redis.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { describeCosts } from './describe-costs.ts'
import { measureManyNamespaces, measureOneNamespace } from './measure-registry.ts'

const HELP = `Usage: npm run registry-cost -- [options]
  --sizes <list>    live registrations in one namespace (default: 1000,100000,1000000)
  --rounds <n>      times each operation is measured (default: 5)
  --report <file>   write a Markdown report
  --json            print the figures as JSON
  --help`

const { values } = parseArgs({
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
    const server = await startRedisServer({ binary: redis.source })

    try {
      oneNamespace.push(await measureOneNamespace(server.url, size, rounds, progress))
    } finally {
      await server.stop()
    }
  }

  const server = await startRedisServer({ binary: redis.source })

  try {
    const costs = {
      redis: redis.description.replace(/ \(.*/, ''),
      oneNamespace,
      manyNamespaces: await measureManyNamespaces(server.url, 10_000, rounds, progress)
    }

    console.log(values.json ? JSON.stringify(costs, undefined, 2) : describeCosts(costs))

    if (values.report != null) {
      await writeFile(values.report, describeCosts(costs))
    }
  } finally {
    await server.stop()
  }
}
