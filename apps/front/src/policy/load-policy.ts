import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Policy } from './policy.ts'
import { PolicyError } from './policy-error.ts'
import type { ParsedPolicy, PolicyText } from './policy-worker.ts'
import { readPolicyText } from './read-policy-text.ts'

/** Beside this file, compiled or not. */
const WORKER = new URL(`./policy-worker${extname(import.meta.url)}`, import.meta.url)

/** @throws PolicyError when the file can't be read, or naming every problem of its content */
export async function loadPolicy(path: string): Promise<Policy> {
  const parsed = await parseAside({ text: await readPolicyText(path), name: path })

  if ('problems' in parsed) {
    throw new PolicyError(parsed.problems)
  }

  return new Policy(parsed.policy)
}

/** In a thread of its own: the largest file would hold all peers up for half a second or more. */
async function parseAside(file: PolicyText): Promise<ParsedPolicy> {
  const [parsed] = await once(new Worker(WORKER, { workerData: file }), 'message')

  return parsed
}
