import { type Finding, findingOf } from './finding.ts'
import { Random } from './random.ts'
import type { FuzzTarget } from './target.ts'
import type { CoverageProbe } from './v8-coverage/coverage-probe.ts'
import { CoveredBytes } from './v8-coverage/covered-bytes.ts'

export interface TargetFuzzerInit {
  target: FuzzTarget
  seed: number
  /** Inputs known to lead somewhere. */
  corpus: readonly Uint8Array[]
  /** Absent: nothing is learned from where inputs lead. */
  probe?: CoverageProbe
  /** Told of each input ahead of its execution. */
  onInput?: (input: Uint8Array) => void
  onFinding: (finding: Finding) => void
}

/** Executions between two looks at what they covered, at most: so many, or what this time allows. */
const BATCH = 2000
const BATCH_MS = 100

/** Inputs of one batch that are kept at most. */
const KEPT_PER_BATCH = 3

/** Changes made to an input one after the other, at most. */
const MUTATIONS_MAX = 4

/** How often an input is made anew, and not from one of the corpus. */
const FRESH_SHARE = 0.5

/** A machine can be slow for a moment: an input is only so each time. */
const SLOW_ATTEMPTS = 3

/** Feeds one target, and keeps the inputs that lead to code not executed before. */
export class TargetFuzzer {
  /** What was executed so far. */
  readonly covered = new CoveredBytes()
  readonly #init: TargetFuzzerInit
  readonly #random: Random
  readonly #corpus: Uint8Array[]
  /** Of the corpus at first: each is executed as it is. */
  readonly #pending: Uint8Array[]
  /** Inputs that led somewhere new in this run. */
  readonly kept: Uint8Array[] = []
  readonly ruleCounts = new Map<string, number>()
  executions = 0

  constructor(init: TargetFuzzerInit) {
    const { target, seed, corpus } = init

    this.#init = init
    this.#random = new Random(seed, target.name)
    this.#corpus = [...corpus, ...(target.seeds?.() ?? [])]
    this.#pending = [...this.#corpus]
  }

  get name(): string {
    return this.#init.target.name
  }

  /** Executes some inputs, and learns from them. Those of the corpus come first, as they are. */
  async runBatch(): Promise<void> {
    if (this.#pending.length > 0) {
      await this.#runPending()

      return
    }

    const inputs: Uint8Array[] = []
    const endsAtMs = performance.now() + BATCH_MS

    while (inputs.length < BATCH && performance.now() < endsAtMs) {
      const input = await this.#nextInput()

      inputs.push(input)
      await this.execute(input)
    }

    await this.#learn(inputs)
  }

  async #runPending(): Promise<void> {
    for (const input of this.#pending.splice(0, BATCH)) {
      await this.execute(input)
    }

    this.covered.add((await this.#init.probe?.take()) ?? [])
  }

  async #nextInput(): Promise<Uint8Array> {
    const { target } = this.#init
    const random = this.#random
    const isFresh = this.#corpus.length === 0 || random.chance(FRESH_SHARE)
    let input = isFresh ? await target.generate(random) : random.pick(this.#corpus)

    for (let left = random.below(MUTATIONS_MAX) + (isFresh ? 0 : 1); left > 0; left--) {
      const mutated = await target.mutate(input, random)

      // Otherwise what repeats parts of an input would make it longer and longer.
      input = mutated.byteLength <= target.inputBytesMax ? mutated : input
    }

    return input
  }

  /** Executes one input, and tells what is wrong with that. */
  async execute(input: Uint8Array): Promise<void> {
    const { target, onFinding } = this.#init

    this.executions++

    try {
      const { rules, tookMs } = await this.#time(input)

      for (const rule of rules) {
        this.ruleCounts.set(rule, (this.ruleCounts.get(rule) ?? 0) + 1)
      }

      if (tookMs > target.slowMs && (await this.#isAlwaysSlow(input))) {
        const message = `took more than ${target.slowMs} ms, ${1 + SLOW_ATTEMPTS} times`

        onFinding({ kind: 'hang', target: target.name, input, message })
      }
    } catch (error) {
      onFinding(findingOf(error, target.name, input))
    }
  }

  async #isAlwaysSlow(input: Uint8Array): Promise<boolean> {
    for (let attempt = 0; attempt < SLOW_ATTEMPTS; attempt++) {
      if ((await this.#time(input)).tookMs <= this.#init.target.slowMs) {
        return false
      }
    }

    return true
  }

  async #time(input: Uint8Array): Promise<{ rules: readonly string[]; tookMs: number }> {
    this.#init.onInput?.(input)

    const before = process.threadCpuUsage()
    const rules = await this.#init.target.execute(input)
    // Of this thread alone: on a busy machine the time that passes says little.
    const { user, system } = process.threadCpuUsage(before)

    return { rules, tookMs: (user + system) / 1000 }
  }

  /** Looks for the inputs that led to something new, one after the other. */
  async #learn(inputs: readonly Uint8Array[]): Promise<void> {
    const { probe } = this.#init
    const counted = (await probe?.take()) ?? []

    for (let kept = 0; kept < KEPT_PER_BATCH && this.covered.isNew(counted); kept++) {
      const input = await this.#firstNew(inputs)

      if (input == null) {
        break
      }

      this.kept.push(input)
      this.#corpus.push(input)
      this.covered.add(await this.#countedBy([input]))
    }

    this.covered.add(counted)
  }

  /** By halves. `undefined` where it does not come again: a cache that is full now, for example. */
  async #firstNew(inputs: readonly Uint8Array[]): Promise<Uint8Array | undefined> {
    let left = inputs

    while (left.length > 1) {
      const half = left.slice(0, left.length / 2)

      left = this.covered.isNew(await this.#countedBy(half)) ? half : left.slice(half.length)
    }

    return this.covered.isNew(await this.#countedBy(left)) ? left[0] : undefined
  }

  /** Nothing of ours has run since the probe was asked last. */
  async #countedBy(inputs: readonly Uint8Array[]) {
    for (const input of inputs) {
      // What it throws was told when it was executed first.
      await this.#time(input).catch(() => {})
    }

    return (await this.#init.probe?.take()) ?? []
  }
}
