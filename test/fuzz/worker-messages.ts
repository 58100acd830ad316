import type { Finding } from './finding.ts'

interface WorkerBase {
  /** URL of a module that exports `TARGETS`. */
  targetsModule: string
  /** Where the input that is being executed is written. */
  inFlightFile: string
}

export interface FuzzTask extends WorkerBase {
  task: 'fuzz'
  targets: string[]
  seed: number
  seconds: number
  corpusDirectory: string
  /** Whether what was learned is to be told in its shortest form: that takes a while. */
  minimises: boolean
}

export interface ReplayTask extends WorkerBase {
  task: 'replay'
  target: string
  input: Uint8Array
}

/** What a worker is to do: the first message to it. */
export type WorkerTask = FuzzTask | ReplayTask

export interface TargetResult {
  target: string
  executions: number
  /** How often each rule explained a difference. */
  rules: Record<string, number>
  /** Inputs that led to something new, beyond the corpus. */
  kept: number
  /** Of those, in their shortest form, the ones that the corpus lacks. */
  additions: Uint8Array[]
}

export interface WorkerResult {
  targets: TargetResult[]
  /** By a script's URL, which of its characters were executed. */
  executed: [url: string, executed: Uint8Array][]
}

/** What a worker tells. After its last word it waits to be ended. */
export type WorkerMessage =
  /** It goes on: whoever hears nothing of it for long may take it for hanging. */
  | { type: 'progress'; executions: Record<string, number> }
  | { type: 'finding'; finding: Finding }
  | { type: 'done'; result: WorkerResult }
  /** What is fuzzed is not to blame, but what fuzzes it. */
  | { type: 'failed'; message: string }
