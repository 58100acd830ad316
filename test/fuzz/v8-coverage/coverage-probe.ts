import type { Profiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'

/** Tells what of our packages was executed. */
export interface CoverageProbe {
  /** Since it was last asked. */
  take(): Promise<Profiler.ScriptCoverage[]>
}

/** What is asked about: compiled code of ours, no tests and no dependencies. */
const OURS = /\/libs\/[a-z]+\/dist\//

/**
 * V8's own counters, in this process: they cost little, need no instrumented code, and count blocks.
 * To be started before anything of ours is loaded.
 */
export async function startCoverage(): Promise<CoverageProbe> {
  const session = new Session()

  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })

  return {
    async take() {
      const { result } = await session.post('Profiler.takePreciseCoverage')

      return result.filter(({ url }) => OURS.test(url))
    }
  }
}
