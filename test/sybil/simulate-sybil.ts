/**
 * What share of a DISCOVER an attacker gets who has few machines and any number of peer ids: with
 * and without a cap per IP prefix, and with and without prefixes that take turns. Runs the store's
 * own code, without a network.
 *
 *     npm run simulate-sybil -- [--honest n] [--prefixes list] [--peers-per-prefix n] [--cap n] [--report]
 */
import { writeFile } from 'node:fs/promises'
import { seededRandom } from '@rendezvous-cluster/stores/compliance'
import { describeReportHead, withReportDefault } from '../support/report-head.ts'
import { runCommand } from '../support/run-command.ts'
import { describeSimulation, nameOf } from './describe-simulation.ts'
import { openSimulationStore } from './open-simulation-store.ts'
import { DEFENCES, runSimulation, type SimulationResult } from './run-simulation.ts'
import { HELP, parseOptions, reproducing, type SimulationOptions } from './simulation-options.ts'

await runCommand(HELP, () => parseOptions(withReportDefault('docs/withstands-sybil.md')), run)

async function run(options: SimulationOptions): Promise<void> {
  const results = await runAll(options)
  const text = describeSimulation(options, results)

  console.log(options.json ? JSON.stringify(results, undefined, 2) : text)

  if (options.report != null) {
    const command = `npm run simulate-sybil -- ${reproducing(options)} --report`
    const head = await describeReportHead('What many peer ids are worth', command)

    await writeFile(options.report, `${head}\n${text}`)
  }
}

async function runAll(options: SimulationOptions): Promise<SimulationResult[]> {
  const results: SimulationResult[] = []

  for (const prefixes of options.prefixes) {
    for (const defence of DEFENCES) {
      const random = seededRandom(options.seed)
      const store = await openSimulationStore(options.store, random)

      process.stderr.write(`${prefixes} prefixes of the attacker, ${nameOf(defence)}\n`)

      try {
        results.push(await runSimulation(store, { ...options, prefixes, random }, defence))
      } finally {
        await store.close()
      }
    }
  }

  return results
}
