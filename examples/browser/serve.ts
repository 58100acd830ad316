// Serves the page, and a circuit relay for it, until interrupted.
import { servePage } from './serve-page.ts'
import { startRelay, webSocketAddress } from './start-relay.ts'

const [page, relay] = await Promise.all([servePage(), startRelay()])

page.url.searchParams.set('relay', webSocketAddress(relay))
console.log(`The page, with a relay of its own: ${page.url}`)

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

async function stop(): Promise<void> {
  await Promise.all([page.stop(), relay.stop()])
}
