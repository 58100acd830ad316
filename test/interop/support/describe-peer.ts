import { describe } from 'vitest'
import type { FoundPeerProgram, PeerProgram } from './peer-program.ts'

/** Tests with a peer of another implementation; skipped, and explained, where there is none. */
export function describePeer(
  name: string,
  found: FoundPeerProgram,
  tests: (program: PeerProgram) => void
): void {
  if (found.kind === 'program') {
    describe(name, () => tests(found))
  } else {
    process.stderr.write(`\nSkipped: ${name} (${found.reason}). To run it: ${found.install}\n`)
    describe.skip(name, () => tests({ kind: 'program', file: '', args: [] }))
  }
}
