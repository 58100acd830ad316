import { parentPort, workerData } from 'node:worker_threads'
import { parsePolicy } from './parse-policy.ts'
import type { PolicyInit } from './policy.ts'
import { PolicyError } from './policy-error.ts'

/** A file to parse: its text, and its name for messages. */
export interface PolicyText {
  text: string
  name: string
}

/** What has become of it: what it says, or what is wrong with it. */
export type ParsedPolicy = { policy: PolicyInit } | { problems: readonly string[] }

parentPort?.postMessage(parse(workerData))

function parse({ text, name }: PolicyText): ParsedPolicy {
  try {
    return { policy: parsePolicy(text, name) }
  } catch (error) {
    if (error instanceof PolicyError) {
      return { problems: error.problems }
    }

    throw error
  }
}
