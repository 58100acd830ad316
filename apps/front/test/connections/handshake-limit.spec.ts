import { setImmediate as immediate } from 'node:timers/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { ArrivalTurns } from '@rendezvous-cluster/point'
import { encodeFrame } from '@rendezvous-cluster/wire'
import { expect, it, vi } from 'vitest'
import type { ReceivingConnection } from '../../src/connections/bound-negotiation.ts'
import { ENCRYPTION, handshakeLimit } from '../../src/connections/handshake-limit.ts'

const remotePeer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))

/** A connection in its handshake, while there is no time in this turn of the event loop. */
function createBusy() {
  const turns = new ArrivalTurns({ turnMs: 0 })
  const [, inbound] = multiaddrConnectionPair()
  const connection = inbound as ReceivingConnection & { sendPause(): void; sendResume(): void }
  const handled: string[] = []
  const rejected: string[] = []
  const limit = handshakeLimit({
    pendingMax: 10,
    networkOf: () => undefined,
    turns,
    onRejected: (reason) => rejected.push(reason)
  })

  limit.denyInboundConnection?.(inbound)
  inbound.addEventListener('message', ({ data }) => {
    handled.push(Buffer.from(data.subarray()).toString())
  })
  // The one piece of this turn.
  connection.onData?.(lines(ENCRYPTION))
  handled.length = 0

  return {
    handled,
    rejected,
    inbound,
    pause: vi.spyOn(connection, 'sendPause'),
    resume: vi.spyOn(connection, 'sendResume'),
    arrive: (text: string) => connection.onData?.(Buffer.from(text)),
    shakeHands: () => limit.denyInboundUpgradedConnection?.(remotePeer, inbound)
  }
}

it('what comes of a handshake waits while the event loop has no time, and keeps its order', async () => {
  const { handled, arrive } = createBusy()

  arrive('first')
  arrive('second')
  expect(handled).toEqual([])

  await immediate()
  await immediate()

  expect(handled).toEqual(['first', 'second'])
})

it('what has waited is not overtaken once hands are shaken', async () => {
  const { handled, arrive, shakeHands } = createBusy()

  arrive('first')
  await shakeHands()
  arrive('second')
  await immediate()
  await immediate()

  expect(handled).toEqual(['first', 'second'])
})

it('what waits goes on in its turn, however much it is, but no more is read', async () => {
  const { handled, rejected, arrive, shakeHands, pause, resume } = createBusy()
  const much = 'a'.repeat(33 * 1024)

  arrive(much)
  arrive('second')
  expect(pause).toHaveBeenCalledOnce()

  await immediate()
  await immediate()

  expect(handled).toEqual([much, 'second'])
  expect(rejected).toEqual(['handshake-bytes'])
  expect(resume).not.toHaveBeenCalled()

  await shakeHands()

  expect(resume).toHaveBeenCalledOnce()
})

it('what waits is given up with its connection', async () => {
  const { handled, arrive, inbound } = createBusy()

  arrive('first')
  inbound.abort(new Error('has ended'))
  await immediate()
  await immediate()

  expect(handled).toEqual([])
})

function lines(...protocols: string[]): Uint8Array {
  return Buffer.concat(protocols.map((protocol) => encodeFrame(Buffer.from(`${protocol}\n`))))
}
