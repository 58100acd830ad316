import { median } from '../../../test/support/median.ts'
import { MIX } from './load/load-request.ts'
import { describeSetup, SCALE_OPERATIONS, type ScaleResult, type UnitCost } from './run-scale.ts'
import { DISCOVERS, predictMixed, predictScripts } from './scale-model.ts'

const OF_MODEL = 'mixed'

/** All results as Markdown: what an operation costs with each setup, and whether costs can be added up. */
export function describeScale(results: readonly ScaleResult[]): string {
  return `Microseconds of processor time for one operation, of all nodes together and of all primaries together, the median
of all rounds. All nodes share a core here, so that nothing is faster with more of them: what shows that they scale is that
an operation costs no more. Each node is asked equally often, whatever their number, and so seldom that four of them fit
on a core: an operation costs two to four times what it does [at full load](benchmarks.md), where one turn serves many.

| | ${results.map(({ setup }) => describeSetup(setup)).join(' | ')} |
|---|${results.map(() => '---:|').join('')}
${SCALE_OPERATIONS.flatMap(({ name, perSecond }) => rowsOf(results, name, perSecond)).join('\n')}

## Costs add up

\`rendezvous plan\` adds up what operations cost by themselves, and what nodes read for their copies of namespaces. Here it is
done for a mixture of ${MIX.refresh} refreshes, ${MIX.discover} DISCOVERs and ${MIX.connect} connection, all in the same namespaces, and held against what that mixture cost.
DISCOVERs by themselves are of namespaces that nobody registers in: what is told of changes in the mixture is added with the
costs of [the registry](reports/registry-cost.md).

| | ${results.map(({ setup }) => describeSetup(setup)).join(' | ')} |
|---|${results.map(() => '---:|').join('')}
| nodes, predicted | ${results.map((each) => us(predicted(each, 'nodeUs'))).join(' | ')} |
| nodes, measured | ${results.map((each) => us(measured(each, OF_MODEL, nodeUs))).join(' | ')} |
| measured ÷ predicted | ${results.map((each) => (measured(each, OF_MODEL, nodeUs) / predicted(each, 'nodeUs')).toFixed(2)).join(' | ')} |
| Redis, predicted | ${results.map((each) => us(predicted(each, 'redisUs'))).join(' | ')} |
| Redis, measured | ${results.map((each) => us(measured(each, OF_MODEL, redisUs))).join(' | ')} |
| measured ÷ predicted | ${results.map((each) => (measured(each, OF_MODEL, redisUs) / predicted(each, 'redisUs')).toFixed(2)).join(' | ')} |

Primaries are a tenth busy at most here, so most commands wake them, and the less comes to one, the more each takes: three of
them are asked less in the mixture than in what it is predicted from.

How many scripts Redis runs for an operation, which does not depend on the machine: one for a REGISTER, and for a DISCOVER
one whenever what the node knows is older than 50 ms.

| | ${results.map(({ setup }) => describeSetup(setup)).join(' | ')} |
|---|${results.map(() => '---:|').join('')}
${[DISCOVERS, OF_MODEL].flatMap((name) => scriptRowsOf(results, name)).join('\n')}

## Where Redis is the limit

One primary on one core of this machine takes a second for so many operations:

| | ${results.map(({ setup }) => describeSetup(setup)).join(' | ')} |
|---|${results.map(() => '---:|').join('')}
${SCALE_OPERATIONS.map(
  ({ name }) =>
    `| ${name} | ${results.map((each) => Math.round(1_000_000 / measured(each, name, redisUs)).toLocaleString('en')).join(' | ')} |`
).join('\n')}
`
}

function rowsOf(results: readonly ScaleResult[], name: string, perSecond: number): string[] {
  const failed = results.flatMap(({ costs }) => costs[name] ?? []).some((each) => each.failed > 0)

  return [
    `| ${name}, ${perSecond}/s each: nodes | ${results.map((each) => us(measured(each, name, nodeUs))).join(' | ')} |`,
    `| Redis | ${results.map((each) => us(measured(each, name, redisUs))).join(' | ')} |`,
    ...(failed
      ? [
          `| not answered | ${results.map(({ costs }) => (costs[name] ?? []).reduce((sum, each) => sum + each.failed, 0)).join(' | ')} |`
        ]
      : [])
  ]
}

function scriptRowsOf(results: readonly ScaleResult[], name: string): string[] {
  const ratios = results.map(
    (each) => measured(each, name, scripts) / predictScripts(each.setup, name)
  )

  return [
    `| ${name}, predicted | ${results.map(({ setup }) => predictScripts(setup, name).toFixed(2)).join(' | ')} |`,
    `| measured | ${results.map((each) => measured(each, name, scripts).toFixed(2)).join(' | ')} |`,
    `| measured ÷ predicted | ${ratios.map((ratio) => ratio.toFixed(2)).join(' | ')} |`
  ]
}

function predicted(result: ScaleResult, of: 'nodeUs' | 'redisUs'): number {
  return predictMixed(result.setup, of, (name) => measured(result, name, (cost) => cost[of]))
}

function measured({ costs }: ScaleResult, name: string, of: (cost: UnitCost) => number): number {
  return median((costs[name] ?? []).map(of))
}

function nodeUs(cost: UnitCost): number {
  return cost.nodeUs
}

function redisUs(cost: UnitCost): number {
  return cost.redisUs
}

function scripts(cost: UnitCost): number {
  return cost.scripts
}

function us(value: number): string {
  return value < 100 ? value.toFixed(1) : value.toFixed(0)
}
