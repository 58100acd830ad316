import { expect, it } from 'vitest'
import { describeInterop } from './support/describe-interop.ts'
import type { FrontProcess } from './support/front-process.ts'
import { isDiscoverResponse, isRegisterResponse } from './support/go-peer.ts'

const RESETS = 200

describeInterop('Go peers that reset each stream after its answer', (interop) => {
  it('leave nothing behind, neither an open stream nor an error in the log', async () => {
    const node = await interop.frontNode()
    const { point } = node
    const { namespace } = interop

    const [registered, discovered] = await Promise.all([
      interop.goPeer('register', { point, namespace, count: RESETS }).done(),
      interop.goPeer('discover', { point, namespace, count: RESETS }).done()
    ])

    await expect.poll(() => node.metric('rendezvous_streams')).toBe(0)
    await expect.poll(() => node.metric('rendezvous_connections')).toBe(0)
    expect(registered.filter(isRegisterResponse)).toHaveLength(RESETS)
    expect(discovered.filter(isDiscoverResponse)).toHaveLength(RESETS)
    expect(await answered(node, 'register')).toBe(RESETS)
    expect(await answered(node, 'discover')).toBe(RESETS)
    expect((await fetch(`${node.sidecar}/readyz`)).status).toBe(200)
    expect(node.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([])
    expect(node.stderr()).toBe('')
  })
})

function answered(node: FrontProcess, type: string): Promise<number> {
  return node.metric(`rendezvous_requests_total{protocol="waku",type="${type}",status="OK"}`)
}
