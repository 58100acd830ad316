/**
 * Hostile peers of several kinds at once, at bounded rates, until it is ended: started by
 * `hostile-peers.ts`. Attacks are spread over the points, and each point has a forger. Prints what
 * was delivered, a line of JSON each second.
 */
import { parseArgs } from 'node:util'
import { multiaddr } from '@multiformats/multiaddr'
import { ATTACKS, type AttackName } from '../withstand/attacks/attacks.ts'
import { paceOf } from '../withstand/attacks/pace.ts'
import { sourceAddress } from '../withstand/attacks/source-addresses.ts'
import { Tally } from '../withstand/attacks/tally.ts'
import { fillNamespace } from '../withstand/fill-namespace.ts'
import { Forger, type ForgeryTallies } from './forger.ts'

export type HostileLine =
  | { event: 'ready' }
  | {
      event: 'delivered'
      attacks: Record<string, Readonly<Record<string, number>>>
      forgeries: ForgeryTallies[]
    }

const TELL_MS = 1000

/** What attackers ask for at a time: enough for answers of some size. */
const FULL_NAMESPACE_RECORDS = 200

/** Addresses that no attack uses. */
const FORGERS_FROM = 5000

/**
 * Steps a second of each attack, over all of its peers. They are above what a node grants one peer or
 * address, and leave two cores to those who are to be served.
 */
const STEPS_PER_SECOND: Readonly<Record<AttackName, number>> = {
  'connection-flood': 25,
  'idle-connections': 15,
  // Of 25 requests each.
  'one-peer': 10,
  'discover-1000': 5,
  'never-read': 2,
  'byte-a-second': 2,
  trickle: 2,
  'discover-namespaces': 40,
  'register-namespaces': 20,
  oversized: 15,
  'unused-streams': 50,
  'reset-after-reply': 20,
  'half-handshakes': 15
}

const { values } = parseArgs({
  options: {
    point: { type: 'string', multiple: true, default: [] },
    attack: { type: 'string', multiple: true, default: [] },
    namespace: { type: 'string', multiple: true, default: [] },
    'answer-ms': { type: 'string', default: '4000' }
  }
})
const points = values.point.map((point) => multiaddr(point))
const tallies = new Map(values.attack.map((attack) => [attack, new Tally()]))

// What nodes do to attackers is not this program's concern, and much of it is an error.
process.on('uncaughtException', () => {})
process.on('unhandledRejection', () => {})

await fillNamespace(String(points[0]), FULL_NAMESPACE_RECORDS)

for (const [index, attack] of values.attack.entries()) {
  const name = attack as AttackName

  void ATTACKS[name].run({
    point: at(index),
    tally: tallies.get(attack) as Tally,
    pace: paceOf(STEPS_PER_SECOND[name]),
    onReady: () => {}
  })
}

const forgers = points.map(
  (point, index) =>
    new Forger({
      point,
      localAddress: sourceAddress(FORGERS_FROM + index),
      namespaces: values.namespace,
      answerMs: Number(values['answer-ms'])
    })
)

for (const forger of forgers) {
  void forger.run()
}

setInterval(() => {
  tell({
    event: 'delivered',
    attacks: Object.fromEntries([...tallies].map(([attack, { counts }]) => [attack, counts])),
    forgeries: forgers.map((forger) => forger.tallies)
  })
}, TELL_MS)
tell({ event: 'ready' })

function at(index: number) {
  return points[index % points.length] as (typeof points)[number]
}

function tell(line: HostileLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
