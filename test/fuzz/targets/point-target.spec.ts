import { DIALECTS, type Dialect, RESPONSE_FRAME_BYTES_MAX } from '@rendezvous-cluster/wire'
import { describe, expect, it } from 'vitest'
import { framed } from '../../conformance/protobuf.ts'
import { Random } from '../random.ts'
import { pointTarget } from './point-target.ts'

const EXECUTIONS = 60

describe('what a point must not do is found', { timeout: 60_000 }, () => {
  it.each<[string, Dialect['encodeResponse']]>([
    [
      'an answer to something else',
      () =>
        DIALECTS.waku.encodeResponse({ type: 'register', status: 0, statusText: '', ttlSeconds: 1 })
    ],
    ['an answer above 1 MiB', () => ({ frame: framed(new Uint8Array(RESPONSE_FRAME_BYTES_MAX)) })],
    [
      'two answers to a request',
      (response) => {
        const { frame } = DIALECTS.waku.encodeResponse(response)

        return { frame: Buffer.concat([frame, frame]) }
      }
    ],
    ['no answer', () => ({ frame: new Uint8Array() })]
  ])('%s', async (_what, encodeResponse) => {
    expect(await errorWith({ encodeResponse })).toMatchObject({ name: 'BrokenInvariantError' })
  })

  it('nothing, where there is nothing', async () => {
    expect(await errorWith({})).toBeUndefined()
  })
})

/** What a planted bug is found by, if it is. */
async function errorWith(planted: Partial<Dialect>): Promise<unknown> {
  const target = pointTarget({ ...DIALECTS, waku: { ...DIALECTS.waku, ...planted } })
  const random = new Random(1)

  for (let count = 0; count < EXECUTIONS; count++) {
    try {
      await target.execute(await target.generate(random))
    } catch (error) {
      return error
    }
  }

  return undefined
}
