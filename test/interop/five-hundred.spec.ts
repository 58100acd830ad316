import { expect, it } from 'vitest'
import { describeFigures, drawFromCrowd } from './support/crowd.ts'
import { describeInterop } from './support/describe-interop.ts'

describeInterop('500 Go peers with Ed25519 keys', (interop) => {
  it('show in samples of 50, all different, and nearly all of them in 100 samples', async () => {
    const [a, b] = await Promise.all([interop.frontNode(), interop.frontNode()])

    const figures = await drawFromCrowd({
      goPeer: (subcommand, flags) => interop.goPeer(subcommand, flags),
      registerAt: a.point,
      discoverAt: b.point,
      namespace: interop.namespace,
      registrants: 500,
      refreshMs: 10_000,
      limit: 50,
      answers: 100
    })

    console.log(describeFigures(figures))
    expect(figures).toMatchObject({
      registrants: 500,
      answers: 100,
      recordsPerAnswer: { least: 50, mean: 50, most: 50 },
      badRecords: 0
    })
    // One peer is missing from all of them by chance in 3 of 100,000 cases.
    expect(figures.peersSeen).toBeGreaterThanOrEqual(490)
  })
})
