import { readCorpus } from './corpus-files.ts'
import { findingOf } from './finding.ts'
import { InputInFlight } from './input-in-flight.ts'
import { minimisedAdditions } from './minimised-additions.ts'
import type { FuzzTarget } from './target.ts'
import { TargetFuzzer } from './target-fuzzer.ts'
import type { CoverageProbe } from './v8-coverage/coverage-probe.ts'
import { CoveredBytes } from './v8-coverage/covered-bytes.ts'
import type {
  FuzzTask,
  ReplayTask,
  TargetResult,
  WorkerMessage,
  WorkerResult,
  WorkerTask
} from './worker-messages.ts'

type Tell = (message: WorkerMessage) => void

const PROGRESS_INTERVAL_MS = 250

/** Does what a worker is told to do. */
export async function executeTask(
  task: WorkerTask,
  probe: CoverageProbe,
  tell: Tell
): Promise<WorkerResult> {
  const { TARGETS } = (await import(task.targetsModule)) as { TARGETS: readonly FuzzTarget[] }
  const work = new Work(TARGETS, new InputInFlight(task.inFlightFile), tell)
  const result = task.task === 'replay' ? await work.replay(task) : await work.fuzz(task, probe)

  // Whatever the last input has left behind comes first.
  await new Promise(setImmediate)

  return result
}

class Work {
  readonly #targets: readonly FuzzTarget[]
  readonly #inFlight: InputInFlight
  readonly #tell: Tell
  readonly #executions: Record<string, number> = {}
  #current = { target: '', input: new Uint8Array() as Uint8Array }
  #toldAtMs = 0

  constructor(targets: readonly FuzzTarget[], inFlight: InputInFlight, tell: Tell) {
    this.#targets = targets
    this.#inFlight = inFlight
    this.#tell = tell
    process.on('uncaughtException', (error) => this.#tellStray(error))
    process.on('unhandledRejection', (error) => this.#tellStray(error))
  }

  async replay({ target: name, input }: ReplayTask): Promise<WorkerResult> {
    const fuzzer = this.#fuzzerOf(this.#targetNamed(name), { seed: 0, corpus: [] })

    await fuzzer.execute(input)

    return { targets: [resultOf(fuzzer, [])], executed: [] }
  }

  /** All targets in turn, a batch each, so that all have had some when time is over. */
  async fuzz(task: FuzzTask, probe: CoverageProbe): Promise<WorkerResult> {
    const endsAtMs = performance.now() + task.seconds * 1000
    const covered = new CoveredBytes()
    const fuzzers = await Promise.all(
      task.targets.map(async (name) => {
        const corpus = await readCorpus(task.corpusDirectory, name)
        const init = { seed: task.seed, corpus, probe }

        return { corpus, fuzzer: this.#fuzzerOf(this.#targetNamed(name), init) }
      })
    )

    covered.add(await probe.take())

    do {
      for (const { fuzzer } of fuzzers) {
        await fuzzer.runBatch()
      }
    } while (performance.now() < endsAtMs)

    const targets: TargetResult[] = []

    for (const { fuzzer, corpus } of fuzzers) {
      const additions = task.minimises ? await this.#additionsOf(fuzzer, corpus, probe) : []

      covered.join(fuzzer.covered.scripts)
      targets.push(resultOf(fuzzer, additions))
    }

    return { targets, executed: [...covered.scripts] }
  }

  async #additionsOf(
    { name, kept }: TargetFuzzer,
    corpus: readonly Uint8Array[],
    probe: CoverageProbe
  ): Promise<Uint8Array[]> {
    const target = this.#targetNamed(name)
    const onInput = (input: Uint8Array) => this.#begin(name, input)

    return minimisedAdditions({ target, corpus, kept, probe, onInput })
  }

  #targetNamed(name: string): FuzzTarget {
    const target = this.#targets.find((target) => target.name === name)

    if (target == null) {
      throw new Error(`no target ${name}`)
    }

    return target
  }

  #fuzzerOf(
    target: FuzzTarget,
    init: { seed: number; corpus: readonly Uint8Array[]; probe?: CoverageProbe }
  ): TargetFuzzer {
    return new TargetFuzzer({
      ...init,
      target,
      onInput: (input) => this.#begin(target.name, input),
      onFinding: (finding) => this.#tell({ type: 'finding', finding })
    })
  }

  #begin(target: string, input: Uint8Array): void {
    this.#current = { target, input }
    this.#inFlight.write(target, input)
    this.#executions[target] = (this.#executions[target] ?? 0) + 1

    if (performance.now() - this.#toldAtMs > PROGRESS_INTERVAL_MS) {
      this.#toldAtMs = performance.now()
      this.#tell({ type: 'progress', executions: this.#executions })
    }
  }

  /** What nobody waited for: of the input that is executed now, most likely. */
  #tellStray(error: unknown): void {
    const { target, input } = this.#current

    this.#tell({ type: 'finding', finding: findingOf(error, target, input) })
  }
}

function resultOf(
  { name, executions, ruleCounts, kept }: TargetFuzzer,
  additions: Uint8Array[]
): TargetResult {
  return {
    target: name,
    executions,
    rules: Object.fromEntries(ruleCounts),
    kept: kept.length,
    additions
  }
}
