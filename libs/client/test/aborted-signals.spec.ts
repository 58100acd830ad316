import { createServer, type Server } from 'node:net'
import type { AbortOptions } from '@libp2p/interface'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Rendezvous } from '../src/rendezvous.ts'
import { type ClientNode, failOnBackgroundErrors, startClient } from './client-node.ts'
import { polite, StubPoint, silent } from './stub-point.ts'

const namespace = 'test'

/** So long that a spec ends before a request does. */
const timeoutMs = 10 * 60_000

type Call = (rendezvous: Rendezvous, options: AbortOptions) => Promise<unknown>

const discover: Call = async (rendezvous, options) => {
  for await (const _peer of rendezvous.discover(namespace, options)) {
    // There is none.
  }
}

const watch: Call = async (rendezvous, options) => {
  for await (const _peer of rendezvous.watch(namespace, options)) {
    // There is none.
  }
}

const register: Call = (rendezvous, options) => rendezvous.register(namespace, options)

const unregister: Call = (rendezvous, options) => rendezvous.unregister(namespace, options)

const CALLS: [string, Call][] = [
  ['discover', discover],
  ['watch', watch],
  ['register', register]
]

describe('a signal that is aborted', () => {
  let controller: AbortController
  let node: ClientNode | undefined
  let point: StubPoint | undefined
  let mute: Server | undefined

  failOnBackgroundErrors()

  beforeEach(() => {
    controller = new AbortController()
  })

  afterEach(async () => {
    await node?.stop()
    await point?.stop()
    mute?.close()
    node = point = mute = undefined
  })

  /** Listens, and says nothing to whoever comes. */
  async function startMute(): Promise<string> {
    const server = createServer()

    mute = server
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

    return `/ip4/127.0.0.1/tcp/${(server.address() as { port: number }).port}`
  }

  async function expectReason(call: Promise<unknown>): Promise<void> {
    const rejected = expect(call).rejects.toThrow('enough')

    controller.abort(new Error('enough'))
    await rejected
  }

  it.each(CALLS)('ends a %s that a point does not answer', async (_name, call) => {
    point = await StubPoint.start({ endsStreams: false })
    point.script = silent
    node = await startClient({ points: [point.address], timeoutMs })

    const { signal } = controller
    const called = call(node.services.rendezvous, { signal })

    await expect.poll(() => point?.requests.length).toBe(1)
    await expectReason(called)
    await expect.poll(() => point?.openStreams).toBe(0)
  })

  it.each(CALLS)('ends a %s while it connects', async (_name, call) => {
    node = await startClient({ points: [await startMute()], timeoutMs })

    const { signal } = controller

    await expectReason(call(node.services.rendezvous, { signal }))
  })

  it.each(CALLS)('ends a %s before it begins', async (_name, call) => {
    point = await StubPoint.start()
    node = await startClient({ points: [point.address], timeoutMs })
    controller.abort(new Error('enough'))

    const { signal } = controller

    await expect(call(node.services.rendezvous, { signal })).rejects.toThrow('enough')
    expect(point.requests).toEqual([])
    expect(node.services.rendezvous.registrations).toEqual([])
  })

  it('ends an unregister that a point does not take', async () => {
    point = await StubPoint.start({ endsStreams: false })
    point.script = polite
    node = await startClient({ points: [point.address], timeoutMs })
    await node.services.rendezvous.register(namespace)

    const { signal } = controller
    const called = unregister(node.services.rendezvous, { signal })

    await expect.poll(() => point?.count('unregister')).toBe(1)
    await expectReason(called)
    expect(node.services.rendezvous.registrations).toEqual([])
  })

  it('ends a watch that waits for further peers', async () => {
    point = await StubPoint.start()
    node = await startClient({ points: [point.address], watchIntervalMs: timeoutMs })

    const { signal } = controller
    const called = watch(node.services.rendezvous, { signal })

    await expect.poll(() => point?.requests.length).toBe(1)
    await expectReason(called)
  })

  it('ends a discover in the middle of pages that do not end', async () => {
    point = await StubPoint.start()
    point.script = ({ index, discovered }) => {
      if (index < 3) {
        discovered({ registrations: [{ record: Uint8Array.of() }], cookie: Uint8Array.of(index) })
      }
    }
    node = await startClient({ points: [point.address], timeoutMs })

    const { signal } = controller
    const called = discover(node.services.rendezvous, { signal })

    await expect.poll(() => point?.requests.length).toBe(4)
    await expectReason(called)
  })

  it('leaves a registration that was there before', async () => {
    point = await StubPoint.start()
    point.script = silent
    node = await startClient({ points: [point.address], timeoutMs })
    node.services.rendezvous.keepRegistered(namespace)

    const { signal } = controller

    await expectReason(register(node.services.rendezvous, { signal }))
    expect(node.services.rendezvous.registrations).toHaveLength(1)
  })

  it('leaves a registration that is to be kept meanwhile', async () => {
    point = await StubPoint.start()
    point.script = silent
    node = await startClient({ points: [point.address], timeoutMs })

    const { signal } = controller
    const called = register(node.services.rendezvous, { signal })

    node.services.rendezvous.keepRegistered(namespace)
    await expectReason(called)
    expect(node.services.rendezvous.registrations).toHaveLength(1)
  })

  it('leaves a registration that another call waits for, and the last of them ends it', async () => {
    point = await StubPoint.start()
    point.script = silent
    node = await startClient({ points: [point.address], timeoutMs })

    const other = new AbortController()
    const first = register(node.services.rendezvous, { signal: controller.signal })
    const second = register(node.services.rendezvous, { signal: other.signal })

    await expectReason(first)
    expect(node.services.rendezvous.registrations).toHaveLength(1)

    other.abort(new Error('enough of this one too'))
    await expect(second).rejects.toThrow('enough of this one too')
    expect(node.services.rendezvous.registrations).toEqual([])
  })

  it.each(CALLS)('is not needed where the node stops: a %s ends with it', async (_name, call) => {
    point = await StubPoint.start({ endsStreams: false })
    point.script = silent
    node = await startClient({ points: [point.address], timeoutMs })

    const rejected = expect(call(node.services.rendezvous, {})).rejects.toThrow()

    await expect.poll(() => point?.requests.length).toBe(1)
    await node.stop()
    await rejected
  })
})
