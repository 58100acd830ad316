import type { Attack, AttackContext } from './attacks.ts'
import { createHostileHost, type HostileHost } from './hostile-host.ts'
import { openStream } from './open-stream.ts'
import { repeat } from './repeat.ts'
import { discoverOf, randomNamespace, registerIn } from './requests.ts'
import { sourceAddress } from './source-addresses.ts'

const PEERS = 10
const STREAMS_PER_PEER = 8
const NAMESPACES = 10_000

export const lookIntoNamespaces: Attack['run'] = async (context) =>
  inNamespaces(context, async () => (namespace) => discoverOf(namespace, 1000))

export const fillNamespaces: Attack['run'] = async (context) =>
  inNamespaces(context, async (host) => {
    const record = await host.seal()

    return (namespace) => registerIn(namespace, record)
  })

async function inNamespaces(
  { point, tally, pace, onReady }: AttackContext,
  requestsOf: (host: HostileHost) => Promise<(namespace: string) => Uint8Array>
): Promise<void> {
  const hosts = await Promise.all(
    Array.from({ length: PEERS }, (_, index) => createHostileHost(point, sourceAddress(index)))
  )

  onReady()
  await repeat({ atATime: PEERS, pace }, async (index) => {
    const host = hosts[index] as HostileHost
    const requestIn = await requestsOf(host)
    const connection = await host.connect()

    await Promise.all(
      Array.from({ length: STREAMS_PER_PEER }, async () => {
        while (connection.status === 'open') {
          const stream = await openStream(connection).catch(() => undefined)

          while (stream?.stream.status === 'open') {
            await pace()
            await stream.ask(requestIn(randomNamespace(NAMESPACES))).catch(() => {})
            tally.add('requests')
          }
        }
      })
    )
  })
}
