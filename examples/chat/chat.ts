// A chat over gossipsub. Nobody is given a list of peers: whoever enters a room is registered at
// the rendezvous point, found by the others there, and connected to them.
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { gossipsub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { pubsubRendezvous, rendezvousClient } from '@rendezvous-cluster/client'
import { createLibp2p } from 'libp2p'

const USAGE = `Usage: npm run example:chat -- --point <address> [--room <name>] [--name <your name>]

  --point <address>  of a rendezvous point, as \`npm start\` prints it; repeatable
  --room <name>      who enters the same room hears each other (default: lobby)
  --name <name>      how others see you (default: the end of your peer id)`

const options = readOptions()

const node = await createLibp2p({
  addresses: { listen: ['/ip4/0.0.0.0/tcp/0'] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: {
    identify: identify(),
    pubsub: gossipsub({ allowPublishToZeroTopicPeers: true }),
    rendezvous: rendezvousClient({ points: options.points }),
    rooms: pubsubRendezvous()
  }
})

const { pubsub, rendezvous, rooms } = node.services
const { room, name = node.peerId.toString().slice(-6) } = options
const input = createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' })
const ended = new AbortController()

pubsub.addEventListener('message', ({ detail }) => show(new TextDecoder().decode(detail.data)))
pubsub.subscribe(room)

input.on('line', async (line) => {
  if (line.trim() !== '') {
    await pubsub.publish(room, new TextEncoder().encode(`${name}: ${line.trim()}`))
  }

  input.prompt()
})
input.on('SIGINT', () => input.close())
input.on('close', () => ended.abort())

rendezvous.addEventListener('registration:change', ({ detail: { state } }) => {
  if (state.status === 'failing' || state.status === 'pending') {
    show(
      `* others cannot find you: ${state.status === 'failing' ? state.error.message : state.reason}`
    )
  }
})

show(`* you are ${name} in "${room}". Waiting for somebody else; Ctrl-C ends it.`)

rooms.ready(room, { signal: ended.signal }).then(
  () => show(`* ${pubsub.getSubscribers(room).length} other(s) here. Write something.`),
  () => {
    // You have left before anybody came.
  }
)

await new Promise((resolve) => ended.signal.addEventListener('abort', resolve))
// Tells the point too, so that nobody looks for you any more.
await node.stop()

/** A line above the one that is being written. */
function show(text: string): void {
  if (process.stdout.isTTY) {
    process.stdout.write(`\r\u001b[K${text}\n`)
    input.prompt(true)
  } else {
    console.log(text)
  }
}

function readOptions(): { points: string[]; room: string; name?: string } {
  try {
    const {
      point: points,
      room = 'lobby',
      name
    } = parseArgs({
      options: {
        point: { type: 'string', multiple: true },
        room: { type: 'string' },
        name: { type: 'string' }
      }
    }).values

    if (points != null) {
      // Says which one is none.
      for (const point of points) {
        multiaddr(point)
      }

      return { points, room, name }
    }
  } catch (error) {
    console.error((error as Error).message)
  }

  console.error(USAGE)
  process.exit(2)
}
