/**
 * A second process with a level store, for tests that kill it, lock it out or limit its disk.
 *
 * `hold <directory>` opens the store, says `open` and stays. `put <directory> <ttl>` opens it, and
 * puts one peer after the other, fifty at a time: prints `put <peer> <time>` for each that was
 * acknowledged, `refused <peer> <time>` for each that was not.
 */
import { writeSync } from 'node:fs'
import { setInterval } from 'node:timers'
import { UnavailableError } from '@rendezvous-cluster/rendezvous'
import { registrationOf } from '../src/compliance/test-registrations.ts'
import { LevelStore } from '../src/level/level-store.ts'

const WRITERS = 50

const [mode = '', directory = '', ttlSeconds = ''] = process.argv.slice(2)
const store = new LevelStore({ directory })
let peer = 0

async function putOn(): Promise<never> {
  for (;;) {
    const own = peer++
    const record = Buffer.alloc(200, `record of ${own} `)

    try {
      await store.put(registrationOf({ peer: own, ttlSeconds: Number(ttlSeconds), record }))
      say(`put ${own} ${Date.now()}`)
    } catch (error) {
      if (!(error instanceof UnavailableError)) {
        throw error
      }

      say(`refused ${own} ${Date.now()}`)
    }
  }
}

/** At once: what was said is said, also when the process is killed next. */
function say(line: string): void {
  writeSync(1, `${line}\n`)
}

await store.open()
say('open')

if (mode === 'put') {
  await Promise.all(Array.from({ length: WRITERS }, putOn))
} else {
  setInterval(() => {}, 1000)
}
