/**
 * What a rendezvous point should do, asked of any that can be reached: a front node, or a server
 * that others have written.
 *
 *     npm run conformance -- --point /ip4/192.0.2.1/tcp/60000/p2p/12D3…
 *     npm run conformance                             a front node of this checkout
 *     npm run conformance -- --protocol libp2p --only cookie
 */
import { parseArgs } from 'node:util'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { startTestFrontNode } from '../support/front-node.ts'
import { CASES } from './cases.ts'
import type { ConformanceCase } from './conformance-case.ts'
import { PointUnderTest } from './point-under-test.ts'
import { ALL, PROTOCOLS, type ProtocolName } from './protocols.ts'
import { type CaseResult, runCases } from './run-cases.ts'

const HELP = `Usage: npm run conformance -- [options]
  --point <multiaddr>   the server to ask (default: a front node started for this run)
  --protocol <name>     waku, libp2p or waku1; repeatable (default: all that the server speaks)
  --only <text>         only cases whose name contains this
  --heavy               also cases of a thousand registrations; always where no --point is given
  --json                print one object with all results
  --help

Exit code: 0 all passed, 1 some failed, 2 bad options, nothing to run, or no such server.`

/** The run can't take place. */
class UsageError extends Error {
  override name = 'UsageError'
}

interface Options {
  point?: Multiaddr
  protocols: ProtocolName[]
  cases: readonly ConformanceCase[]
  isHeavyToo: boolean
  isJson: boolean
}

await main()

async function main(): Promise<void> {
  try {
    const options = readOptions()

    if (options == null) {
      console.log(HELP)
    } else {
      await run(options)
    }
  } catch (error) {
    if (!(error instanceof UsageError)) {
      throw error
    }

    console.error(error.message)
    process.exitCode = 2
  }
}

function readOptions(): Options | undefined {
  const values = readArguments()
  const cases = CASES.filter(({ name }) => name.includes(values.only))

  if (values.help) {
    return undefined
  }

  if (cases.length === 0) {
    throw new UsageError(`no case has "${values.only}" in its name`)
  }

  return {
    point: values.point == null ? undefined : toMultiaddr(values.point),
    protocols: values.protocol.map(toProtocolName),
    cases,
    isHeavyToo: values.heavy || values.point == null,
    isJson: values.json
  }
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        point: { type: 'string' },
        protocol: { type: 'string', multiple: true, default: [] },
        only: { type: 'string', default: '' },
        heavy: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false }
      }
    }).values
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause })
  }
}

async function run(options: Options): Promise<void> {
  const front = options.point == null ? await startTestFrontNode() : undefined

  try {
    const address = options.point ?? (front?.point as Multiaddr)

    report(address, await resultsOf(address, options), options)
  } finally {
    await front?.stop()
  }
}

async function resultsOf(address: Multiaddr, options: Options): Promise<CaseResult[]> {
  const point = await PointUnderTest.reach(address).catch((cause: unknown) => {
    throw new UsageError(`can't reach ${address}: ${(cause as Error).message}`, { cause })
  })
  const protocols = options.protocols.length > 0 ? options.protocols : point.spoken
  const unspoken = protocols.filter((name) => !point.spoken.includes(name))
  const results: CaseResult[] = []

  if (unspoken.length > 0 || protocols.length === 0) {
    const ids = (unspoken.length > 0 ? unspoken : ALL).map((name) => PROTOCOLS[name].id)

    throw new UsageError(`${address} does not speak ${ids.join(', ')}`)
  }

  process.stderr.write(`${address} speaks ${point.spoken.join(', ')}\n`)

  for await (const result of runCases({ ...options, point, protocols })) {
    results.push(result)

    if (options.isJson) {
      process.stderr.write(`\r${results.length} cases `)
    } else {
      console.log(describeResult(result))
    }
  }

  return results
}

function describeResult({ protocol, name, outcome, why }: CaseResult): string {
  return `${outcome}  ${protocol}: ${name}${why == null ? '' : `: ${why}`}`
}

function report(address: Multiaddr, results: readonly CaseResult[], { isJson }: Options): void {
  const count = (outcome: CaseResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length
  const [passed, failed, skipped] = [count('pass'), count('FAIL'), count('skip')]

  console.log(
    isJson
      ? JSON.stringify(
          { point: address.toString(), passed, failed, skipped, results },
          undefined,
          2
        )
      : `${passed} passed, ${failed} failed, ${skipped} skipped`
  )
  process.exitCode = failed === 0 ? 0 : 1
}

function toMultiaddr(value: string): Multiaddr {
  try {
    return multiaddr(value)
  } catch (cause) {
    throw new UsageError(
      `--point: give a multiaddr such as /ip4/127.0.0.1/tcp/60000, not "${value}"`,
      { cause }
    )
  }
}

function toProtocolName(value: string): ProtocolName {
  const name = ALL.find((candidate) => candidate === value)

  if (name == null) {
    throw new UsageError(`--protocol: one of ${ALL.join(', ')}, not "${value}"`)
  }

  return name
}
