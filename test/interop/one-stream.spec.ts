import { expect, it } from 'vitest'
import { describeInterop } from './support/describe-interop.ts'
import { type DiscoverResponse, isDiscoverResponse, isRegisterResponse } from './support/go-peer.ts'

/** The limit rises by one with each request, so that every answer has a length of its own. */
const REQUESTS = 40
const LENGTHS = Array.from({ length: REQUESTS }, (_, index) => index + 1)

describeInterop('a Go peer that polls on one stream', (interop) => {
  it('gets every answer in order', async () => {
    const node = await interop.frontNode()
    const { point } = node
    const { namespace } = interop
    const streams: number[] = []

    await register(point, namespace)
    const poll = interop.goPeer('discover', {
      ...{ point, namespace, limit: 1, grow: true, count: REQUESTS },
      ...{ 'one-stream': true, 'every-ms': 50 }
    })

    for await (const _ of poll) {
      streams.push(await node.metric('rendezvous_streams'))
    }

    const answers = (await poll.done()).filter(isDiscoverResponse)
    expect(answers.map(lengthOf)).toEqual(LENGTHS)
    expect(Math.max(...streams)).toBe(1)
    await expect.poll(() => node.metric('rendezvous_streams')).toBe(0)
  })

  it('gets every answer in order also if it does not wait for them', async () => {
    const { point } = await interop.frontNode()
    const { namespace } = interop

    await register(point, namespace)
    const lines = await interop
      .goPeer('discover', {
        ...{ point, namespace, limit: 1, grow: true, count: REQUESTS },
        'one-stream': true
      })
      .done()

    expect(lines.filter(isDiscoverResponse).map(lengthOf)).toEqual(LENGTHS)
  })

  async function register(point: string, namespace: string): Promise<void> {
    const flags = { point, namespace, count: REQUESTS }
    const registered = await interop.goPeer('register', flags).done()

    expect(registered.filter(isRegisterResponse).map(({ status }) => status)).toEqual(
      Array(REQUESTS).fill(0)
    )
  }
})

function lengthOf({ registrations }: DiscoverResponse): number {
  return registrations.length
}
