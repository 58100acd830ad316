import type { Attack } from './attacks.ts'
import { createHostileHost, type HostileHost } from './hostile-host.ts'
import { openStream } from './open-stream.ts'
import { repeat } from './repeat.ts'
import { randomNamespace, registerIn } from './requests.ts'
import { sourceAddress } from './source-addresses.ts'

const PEERS = 10

/** More than a record may list, in an envelope that is within a frame and beyond its own bound. */
const ADDRESSES = 400

/** Beyond a frame, with all of its bytes; and a length alone, of 4 GiB. */
const LONG_FRAME = Buffer.concat([Buffer.from([0x90, 0x4e]), Buffer.alloc(10_000, 0x0a)])
const LONG_LENGTH = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f])

export const sendOversized: Attack['run'] = async ({ point, tally, pace, onReady }) => {
  const hosts = await Promise.all(
    Array.from({ length: PEERS }, (_, index) => createHostileHost(point, sourceAddress(index)))
  )

  onReady()
  await repeat({ atATime: PEERS, pace }, async (index) => {
    const host = hosts[index] as HostileHost
    const tooBig = registerIn(randomNamespace(10), await host.seal(ADDRESSES))
    const connection = await host.connect()

    for (let count = 0; connection.status === 'open'; count++) {
      await pace()

      const { ask } = await openStream(connection)
      const request = [tooBig, LONG_FRAME, LONG_LENGTH][count % 3] as Uint8Array

      await ask(request).catch(() => {})
      tally.add('requests')
    }
  })
}
