import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Finding, likenessOf } from './finding.ts'
import { readInputInFlight } from './input-in-flight.ts'
import { DOES_NOT_END, replayInput, SILENT_MS } from './replay-input.ts'
import { runWorker, type WorkerEnd } from './run-worker.ts'
import { CoveredBytes } from './v8-coverage/covered-bytes.ts'
import type { TargetResult, WorkerMessage } from './worker-messages.ts'

export interface RunFuzzInit {
  targetsModule: string
  targets: readonly string[]
  seconds: number
  seed: number
  corpusDirectory: string
  /** Whether inputs that the corpus lacks are looked for. Default: false. */
  minimises?: boolean
  /** Longest time without a word of a worker, in milliseconds. Default 10 s. */
  silentMs?: number
  onProgress?: (progress: FuzzProgress) => void
}

export interface FuzzProgress {
  seconds: number
  /** Those to learn from others, too. */
  executions: number
  findings: number
}

/** A finding, and how often something like it was found. */
export interface CountedFinding extends Finding {
  count: number
}

export interface FuzzRun {
  seed: number
  /** What it took, from the start to the end. */
  seconds: number
  targets: TargetResult[]
  findings: CountedFinding[]
  covered: CoveredBytes
  /** Times when a worker was silent, and the input was not to blame: the machine was slow. */
  falseAlarms: number
}

/** Times that an input has to hang again, so that it and not the machine is to blame. */
const HANGS_CONFIRMED = 3

/** Each costs time that is not counted. */
const FALSE_ALARMS_MAX = 5

interface ExecutedInput {
  target: string
  input: Uint8Array
}

/** Feeds targets for some time, in processes that may hang or die. */
export async function runFuzz(
  init: RunFuzzInit,
  options: { signal?: AbortSignal } = {}
): Promise<FuzzRun> {
  const directory = await mkdtemp(join(tmpdir(), 'fuzz-'))

  try {
    return await new FuzzRunner(init, { ...options, directory }).run()
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

class FuzzRunner {
  readonly #init: RunFuzzInit
  readonly #options: { signal?: AbortSignal; directory: string }
  readonly #startedAtMs = performance.now()
  readonly #findings = new Map<string, CountedFinding>()
  readonly #results = new Map<string, TargetResult>()
  readonly #covered = new CoveredBytes()
  #executions: Record<string, number> = {}
  #falseAlarms = 0
  /** Spent on what hung, or seemed to: others get their time all the same. */
  #lostSeconds = 0
  #workers = 0

  constructor(init: RunFuzzInit, options: { signal?: AbortSignal; directory: string }) {
    this.#init = init
    this.#options = options
  }

  async run(): Promise<FuzzRun> {
    let left = [...this.#init.targets]

    // However little time there is: a worker goes through the corpus at least.
    while (left.length > 0) {
      left = await this.#runOnce(left)
    }

    return {
      seed: this.#init.seed,
      seconds: this.#seconds,
      targets: [...this.#results.values()],
      findings: [...this.#findings.values()],
      covered: this.#covered,
      falseAlarms: this.#falseAlarms
    }
  }

  get #silentMs(): number {
    return this.#init.silentMs ?? SILENT_MS
  }

  get #seconds(): number {
    return (performance.now() - this.#startedAtMs) / 1000
  }

  get #secondsLeft(): number {
    return this.#init.seconds + this.#lostSeconds - this.#seconds
  }

  /** @returns what another worker is to go on with: all but the target that has ended this one */
  async #runOnce(targets: string[]): Promise<string[]> {
    const inFlightFile = join(this.#options.directory, `in-flight-${++this.#workers}`)
    const end = await this.#runWorker(targets, inFlightFile)

    if (end.how === 'done') {
      for (const result of end.result.targets) {
        this.#addResult(result)
      }

      this.#covered.join(end.result.executed)

      return []
    }

    this.#addUnfinished()

    const executed = readInputInFlight(inFlightFile)

    if (executed == null) {
      throw new Error(`a worker did not start: ${end.how === 'died' ? end.message : end.how}`)
    }

    if (end.how === 'died') {
      this.#addFinding({ kind: 'crash', ...executed, message: end.message })
    }

    return end.how === 'died' || (await this.#isToBlame(executed))
      ? targets.filter((target) => target !== executed.target)
      : targets
  }

  #runWorker(targets: string[], inFlightFile: string): Promise<WorkerEnd> {
    const { targetsModule, seed, corpusDirectory, minimises = false } = this.#init

    return runWorker(
      {
        task: 'fuzz',
        targetsModule,
        inFlightFile,
        targets,
        // Otherwise another worker would do the same again.
        seed: seed + this.#workers - 1,
        seconds: Math.max(this.#secondsLeft, 0),
        corpusDirectory,
        minimises
      },
      {
        silentMs: this.#silentMs,
        onMessage: (message) => this.#onMessage(message),
        signal: this.#options.signal
      }
    )
  }

  /** Whether it is an input for which a worker fell silent. */
  async #isToBlame(executed: ExecutedInput): Promise<boolean> {
    const sinceSeconds = this.#seconds - this.#silentMs / 1000
    const hangsAgain = await this.#hangsAgain(executed)

    this.#lostSeconds += this.#seconds - sinceSeconds

    if (hangsAgain) {
      this.#addFinding({ kind: 'hang', ...executed, message: 'does not end' })

      return true
    }

    this.#falseAlarms++

    if (this.#falseAlarms > FALSE_ALARMS_MAX) {
      throw new Error('this machine is too slow: workers fall silent for no reason of theirs')
    }

    return false
  }

  async #hangsAgain(executed: ExecutedInput): Promise<boolean> {
    const { targetsModule } = this.#init
    const replayed = { targetsModule, silentMs: this.#silentMs, ...executed }

    for (let times = 0; times < HANGS_CONFIRMED; times++) {
      const found = await replayInput(replayed, this.#options)

      if (found !== DOES_NOT_END) {
        return false
      }
    }

    return true
  }

  #onMessage(message: WorkerMessage): void {
    if (message.type === 'finding') {
      this.#addFinding(message.finding)
    } else if (message.type === 'progress') {
      this.#executions = message.executions
      this.#init.onProgress?.({
        seconds: this.#seconds,
        executions:
          sum([...this.#results.values()].map(({ executions }) => executions)) +
          sum(Object.values(message.executions)),
        findings: this.#findings.size
      })
    }
  }

  /** Of findings that look alike the one with the shortest input is kept. */
  #addFinding(finding: Finding): void {
    const likeness = likenessOf(finding)
    const known = this.#findings.get(likeness)
    const count = (known?.count ?? 0) + 1
    const isShorter = known == null || finding.input.byteLength < known.input.byteLength

    this.#findings.set(likeness, { ...(isShorter ? finding : known), count })
  }

  /** What a worker did that did not come to its end. */
  #addUnfinished(): void {
    for (const [target, executions] of Object.entries(this.#executions)) {
      this.#addResult({ target, executions, rules: {}, kept: 0, additions: [] })
    }

    this.#executions = {}
  }

  #addResult(result: TargetResult): void {
    const known = this.#results.get(result.target)

    this.#results.set(result.target, {
      target: result.target,
      executions: result.executions + (known?.executions ?? 0),
      rules: added(known?.rules ?? {}, result.rules),
      kept: result.kept + (known?.kept ?? 0),
      additions: [...(known?.additions ?? []), ...result.additions]
    })
  }
}

function added(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>
): Record<string, number> {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])

  return Object.fromEntries([...names].map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
