/**
 * Many peers in one process, started by `load.ts`: it reads what to do from its standard input, a line
 * of JSON each, and answers each with a line.
 */
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { Load } from './load.ts'
import type { LoadLine, LoadRequest, Population, Target } from './load-request.ts'

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: '{}' },
    population: { type: 'string', default: '{}' }
  }
})
const load = await Load.create(
  JSON.parse(values.target) as Target,
  JSON.parse(values.population) as Population
)

tell({ event: 'ready' })

for await (const line of createInterface({ input: process.stdin })) {
  try {
    tell(await answer(JSON.parse(line)))
  } catch (error) {
    tell({ event: 'failed', message: (error as Error).message })
  }
}

process.exit()

async function answer(request: LoadRequest): Promise<LoadLine> {
  switch (request.do) {
    case 'fill':
      return { event: 'filled', registrations: await load.fill(request) }
    case 'restore':
      return { event: 'filled', registrations: await load.restore(request) }
    case 'run':
      return { event: 'ran', ...(await load.run(request)) }
    case 'hold':
      return { event: 'held', connections: await load.hold(request.connections) }
    case 'release':
      await load.release()

      return { event: 'released' }
  }
}

function tell(line: LoadLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
