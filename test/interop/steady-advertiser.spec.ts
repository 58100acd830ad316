import { expect, it } from 'vitest'
import { describeInterop } from './support/describe-interop.ts'
import { type Found, holds, isAdvertised, isFound } from './support/go-peer.ts'

/** Three refreshes and some: each comes exactly when the TTL has elapsed, as Go peers do it. */
const ADVERTISE_MS = 65_000
const TTL_MS = 20_000
/** The TTL, 2 s of grace, and what an answer may be old. */
const GONE_MS = 23_000
const PROGRESS_MS = 10_000

describeInterop('a Go peer that advertises', (interop) => {
  it('is found at every moment while it does, and no more once its last TTL is over', {
    timeout: 150_000
  }, async () => {
    const [a, b] = await Promise.all([interop.frontNode(), interop.frontNode()])
    const { namespace } = interop
    const advertiser = interop.goPeer('advertise', { point: a.point, namespace })
    const first = await advertiser.first(isAdvertised)
    const flags = { point: b.point, namespace, count: 0, 'every-ms': 100 }
    const answers: Found[] = []
    let lastRefreshAtMs: number | undefined
    let toldAtMs = 0

    for await (const answer of interop.goPeer('find', flags)) {
      if (!isFound(answer)) {
        throw new Error(JSON.stringify(answer))
      }

      answers.push(answer)

      if (lastRefreshAtMs == null && answer.atMs >= first.atMs + ADVERTISE_MS) {
        await advertiser.kill('SIGKILL')
        lastRefreshAtMs = advertiser.lines.filter(isAdvertised).at(-1)?.atMs
      }

      if (answer.atMs >= toldAtMs + PROGRESS_MS) {
        toldAtMs = answer.atMs
        console.log(
          `${Math.round((answer.atMs - first.atMs) / 1000)} s: ` +
            `${answers.filter(({ peers }) => peers.length > 0).length} of ${answers.length} ` +
            `answers have it, ${advertiser.lines.length} registrations`
        )
      }

      if (lastRefreshAtMs != null && answer.atMs >= lastRefreshAtMs + GONE_MS + 1000) {
        break
      }
    }

    const lastAtMs = lastRefreshAtMs as number
    const during = answers.filter(({ atMs }) => atMs < lastAtMs + TTL_MS)
    const after = answers.filter(({ atMs }) => atMs >= lastAtMs + GONE_MS)
    const sightings = answers.filter((answer) => holds(answer, first.peerId))
    const missing = during.filter((answer) => !holds(answer, first.peerId))
    const lastSeenMs = (sightings.at(-1)?.atMs ?? 0) - lastAtMs

    console.log(
      `${during.length} answers in ${(lastAtMs + TTL_MS - first.atMs) / 1000} s, ` +
        `${missing.length} without it; at most ${longestPauseMs(answers)} ms between two; ` +
        `last seen ${lastSeenMs} ms after its last refresh`
    )
    expect(advertiser.lines.map(({ event }) => event)).toEqual(Array(4).fill('advertised'))
    expect(missing).toEqual([])
    expect(during.length).toBeGreaterThan(400)
    expect(after.length).toBeGreaterThan(0)
    expect(after.filter(({ peers }) => peers.length > 0)).toEqual([])
  })
})

function longestPauseMs(answers: Found[]): number {
  return Math.max(
    ...answers.slice(1).map(({ atMs }, index) => atMs - (answers[index]?.atMs ?? atMs))
  )
}
