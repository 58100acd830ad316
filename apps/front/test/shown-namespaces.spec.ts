import { Namespace, type NamespaceSummary } from '@rendezvous-cluster/rendezvous'
import { beforeEach, describe, expect, it } from 'vitest'
import { ShownNamespaces } from '../src/shown-namespaces.ts'

describe('namespaces that are shown', () => {
  let nowMs: number
  let reads: number
  let failure: Error | undefined
  let held: NamespaceSummary[]

  beforeEach(() => {
    nowMs = 0
    reads = 0
    failure = undefined
    held = [summary('news', 3), summary('secret', 99), summary('chess', 1)]
  })

  it('are those that the operator has named, in that order, and no others', async () => {
    expect(await shown('chess', 'nobody', 'news').read()).toEqual([
      { namespace: 'chess', registrations: 1 },
      { namespace: 'nobody', registrations: 0 },
      { namespace: 'news', registrations: 3 }
    ])
  })

  it('count registrations of all kinds of record together', async () => {
    held.push({ ...summary('news', 4), kind: 'waku-peer-record' })

    expect(await shown('news').read()).toEqual([{ namespace: 'news', registrations: 7 }])
  })

  it('are none by default, and nothing is read for that', async () => {
    expect(await shown().read()).toEqual([])
    expect(reads).toBe(0)
  })

  it('are read once in ten seconds, whoever asks', async () => {
    const namespaces = shown('news')

    await Promise.all([namespaces.read(), namespaces.read()])
    nowMs += 10_000
    await namespaces.read()
    expect(reads).toBe(1)

    nowMs += 1
    await namespaces.read()
    expect(reads).toBe(2)
  })

  it('are read again a second after they could not be', async () => {
    const namespaces = shown('news')

    failure = new Error('away')
    await expect(namespaces.read()).rejects.toThrow('away')

    failure = undefined
    nowMs += 1000
    await expect(namespaces.read()).rejects.toThrow('away')
    expect(reads).toBe(1)

    nowMs += 1
    expect(await namespaces.read()).toHaveLength(1)
  })

  function shown(...names: string[]): ShownNamespaces {
    return new ShownNamespaces({
      names,
      list: async function* () {
        reads++

        if (failure != null) {
          throw failure
        }

        yield* held
      },
      now: () => nowMs
    })
  }
})

function summary(name: string, registrations: number): NamespaceSummary {
  return { kind: 'peer-record', namespace: Namespace.fromText(name), registrations }
}
