/**
 * One attack, until it is ended: started by `run-attack.ts`. Prints what it has delivered, a line of
 * JSON each second.
 */
import { parseArgs } from 'node:util'
import { multiaddr } from '@multiformats/multiaddr'
import { ATTACKS, type AttackName } from './attacks/attacks.ts'
import { unbounded } from './attacks/pace.ts'
import { Tally } from './attacks/tally.ts'

const TELL_MS = 1000

const { values } = parseArgs({
  options: {
    point: { type: 'string', default: '' },
    attack: { type: 'string', default: '' }
  }
})
const tally = new Tally()

// What the node does to attackers is not this program's concern, and much of it is an error.
process.on('uncaughtException', () => tally.add('errors'))
process.on('unhandledRejection', () => tally.add('errors'))

setInterval(() => {
  process.stdout.write(
    `${JSON.stringify({ event: 'delivered', atMs: Date.now(), delivered: tally.counts })}\n`
  )
}, TELL_MS)

await ATTACKS[values.attack as AttackName].run({
  point: multiaddr(values.point),
  tally,
  pace: unbounded,
  onReady: () => {
    process.stdout.write(`${JSON.stringify({ event: 'ready', atMs: Date.now() })}\n`)
  }
})
