import { appendFile } from 'node:fs/promises'

export interface InteropResult {
  implementation: string
  version: string
  /** What the other implementation was: a client of our server, or a server for our client. */
  direction: 'client of ours' | 'server for ours'
  feature: 'register' | 'discover' | 'cookie paging' | 'unregister' | 'refresh' | 'TTL expiry'
  result: 'pass' | 'fail' | 'not offered'
  reason?: string
}

/** One JSON object per line in the file that `INTEROP_RESULTS` names, if it names one. */
export async function writeInteropResult(result: InteropResult): Promise<void> {
  const path = process.env.INTEROP_RESULTS

  if (path != null && path !== '') {
    await appendFile(path, `${JSON.stringify(result)}\n`)
  }
}
