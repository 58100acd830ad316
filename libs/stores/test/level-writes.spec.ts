import {
  CAPS_DEFAULT,
  CapReachedError,
  GRACE_MS,
  UnavailableError
} from '@rendezvous-cluster/rendezvous'
import { ClassicLevel } from 'classic-level'
import { describe, expect, it, vi } from 'vitest'
import { registrationOf } from '../src/compliance/index.ts'
import { MemoryStore } from '../src/memory/memory-store.ts'
import { PlannedRegistrations } from '../src/memory/planned-registrations.ts'
import { byPeer, peerText, puts, textOf, useLevelUnderTest } from './level-under-test.ts'

/** How changes get to the disk and into memory, and what becomes of those that do not. */
describe('writes of a level store', () => {
  const level = useLevelUnderTest()

  it('keeps a registration that expired and came back while it was written', async () => {
    await level().store.open()
    await level().store.put(registrationOf({ ttlSeconds: 1 }))
    const written = holdNextBatch()
    const putting = level().store.put(registrationOf({ ttlSeconds: 1000 }))

    await written.begun
    level().advance(1000 + GRACE_MS)
    await level().store.sample(registrationOf(), 1)
    written.finish()
    await putting
    await level().sweepAll()
    await level().restart()

    expect(await level().store.sample(registrationOf(), 1)).toHaveLength(1)
  })

  it('applies racing changes of one peer to disk and memory in the same order', async () => {
    await level().store.open()

    for (let round = 0; round < 20; round++) {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          (index * 7 + round) % 3 === 0
            ? level().store.remove(registrationOf())
            : level().store.put(registrationOf({ record: Buffer.from(`record ${round} ${index}`) }))
        )
      )
      const before = await level().readOn(registrationOf(), 0)
      await level().restart()

      expect(await level().readOn(registrationOf(), 0)).toEqual(before)
    }
  })

  it('counts a registration that expires while a batch is planned, since that refreshes it', () => {
    const memory = new MemoryStore({ now: () => level().nowMs })
    const caps = { ...CAPS_DEFAULT, perPeer: 1 }
    const planned = new PlannedRegistrations(level().nowMs)

    memory.hold(memory.stamp(registrationOf({ namespace: 'a', ttlSeconds: 1 })))
    memory.admit(registrationOf({ namespace: 'a' }), caps, planned)
    level().advance(1000 + GRACE_MS)

    expect(() => memory.admit(registrationOf({ namespace: 'b' }), caps, planned)).toThrow(
      CapReachedError
    )
  })

  it('shows a registration only once it is written', async () => {
    await level().store.open()
    const written = holdNextBatch()
    const putting = level().store.put(registrationOf())

    await written.begun
    const early = await level().store.sample(registrationOf(), 1)
    written.finish()
    await putting

    expect(early).toEqual([])
    expect(await level().store.sample(registrationOf(), 1)).toHaveLength(1)
  })

  it('writes what arrives during a write in one batch', async () => {
    await level().store.open()
    const written = holdNextBatch()
    const batch = vi.spyOn(ClassicLevel.prototype, 'batch')
    const first = level().store.put(registrationOf({ peer: 0 }))

    await written.begun
    const others = level().putAtOnce(500, 20)
    written.finish()
    await Promise.all([first, others])

    expect(batch).toHaveBeenCalledTimes(2)
  })

  describe('does not let a put live that was given up', () => {
    it('before it was written', async () => {
      const controller = new AbortController()

      await level().store.open()
      const written = holdNextBatch()
      const first = level().store.put(registrationOf({ peer: 0 }))
      await written.begun
      const second = level().store.put(registrationOf({ peer: 1 }), controller)
      const late = level().store.put(registrationOf({ peer: 2 }), { withinMs: 1000 })

      controller.abort(new Error('enough'))
      await expect(second).rejects.toThrow('enough')
      level().advance(1000)
      written.finish()

      await expect(late).rejects.toBeInstanceOf(UnavailableError)
      await first
      await expectOnly([0])
    })

    it('while it was written', async () => {
      const controller = new AbortController()

      await level().store.open()
      const written = holdNextBatch()
      const puts = [
        level().store.put(registrationOf({ peer: 0 })),
        level().store.put(registrationOf({ peer: 1 }), controller),
        level().store.put(registrationOf({ peer: 2 }), { withinMs: 1000 })
      ]

      await written.begun
      controller.abort(new Error('enough'))
      await expect(puts[1]).rejects.toThrow('enough')
      level().advance(1000)
      written.finish()

      await expect(puts[2]).rejects.toBeInstanceOf(UnavailableError)
      await puts[0]
      await expectOnly([0])
    })

    it('and keeps the registration that it would have replaced', async () => {
      await level().store.open()
      await level().store.put(registrationOf({ record: Buffer.from('old'), ttlSeconds: 100 }))
      const written = holdNextBatch()
      const late = level().store.put(registrationOf({ record: Buffer.from('new') }), {
        withinMs: 1000
      })

      await written.begun
      level().advance(1000)
      written.finish()
      await expect(late).rejects.toBeInstanceOf(UnavailableError)
      await level().restart()

      expect((await level().store.sample(registrationOf(), 1)).map(textOf)).toEqual(['old'])
    })
  })

  describe('on a disk that fails', () => {
    it('is unavailable for all who wait for the write, and shows none of it', async () => {
      const full = new Error('no space left on device')

      await level().store.open()
      await level().store.put(registrationOf({ peer: 0, record: Buffer.from('old') }))
      vi.spyOn(ClassicLevel.prototype, 'batch').mockRejectedValueOnce(full)
      const results = await Promise.allSettled([
        level().store.put(registrationOf({ peer: 0, record: Buffer.from('new') })),
        level().store.put(registrationOf({ peer: 1 })),
        level().store.remove(registrationOf({ peer: 0 }))
      ])

      for (const result of results) {
        const { reason } = result as PromiseRejectedResult

        expect(reason).toBeInstanceOf(UnavailableError)
        expect(reason.cause).toBe(full)
      }
      expect((await level().store.sample(registrationOf(), 10)).map(textOf)).toEqual(['old'])
      expect(await level().store.stats()).toEqual({ registrations: 1, namespaces: 1 })
    })

    it('works again once the disk does', async () => {
      const caps = { ...CAPS_DEFAULT, perNamespace: 1 }

      await level().store.open()
      vi.spyOn(ClassicLevel.prototype, 'batch').mockRejectedValueOnce(new Error('full'))
      await expect(level().store.put(registrationOf({ peer: 0 }), { caps })).rejects.toThrow()
      await level().store.put(registrationOf({ peer: 1 }), { caps })

      await expectOnly([1])
    })

    it('takes back what was written although the write failed', async () => {
      await level().store.open()
      await level().store.put(registrationOf({ peer: 0 }))
      const written = holdNextBatch()
      const changes = Promise.allSettled([
        level().store.remove(registrationOf({ peer: 0 })),
        level().store.put(registrationOf({ peer: 1 }))
      ])

      await written.begun
      written.fail(new Error('no answer from the disk'))
      const outcomes = (await changes).map(({ status }) => status)
      await level().store.put(registrationOf({ peer: 2 }))

      expect(outcomes).toEqual(['rejected', 'rejected'])
      await expectOnly([0, 2])
    })

    it('does not try more than once a second', async () => {
      const open = vi.spyOn(ClassicLevel.prototype, 'open')
      await level().store.open()
      const opened = open.mock.calls.length
      const batch = vi
        .spyOn(ClassicLevel.prototype, 'batch')
        .mockRejectedValue(new Error('no space left on device'))

      for (let put = 0; put < 10; put++) {
        await expect(level().store.put(registrationOf())).rejects.toBeInstanceOf(UnavailableError)
      }
      batch.mockRestore()
      level().advance(1000)

      await expect(level().store.put(registrationOf())).resolves.toBeUndefined()
      expect(open.mock.calls.length - opened).toBe(2)
    })

    // A limit of the size of files fails writes half-way, as a full disk does.
    it.skipIf(process.platform === 'win32')(
      'loses nothing acknowledged, before or after, though it is killed then',
      async () => {
        const child = level().startChild(['put', level().directory.path, '1000'], 512 * 1024)

        await child.until((lines) => {
          const firstRefused = lines.findIndex(({ word }) => word === 'refused')

          return firstRefused !== -1 && puts(lines.slice(firstRefused)).length > 500
        })
        const lines = await child.kill()
        const lastPut = lines.findLastIndex(({ word }) => word === 'put')
        const refused = lines.slice(0, lastPut).filter(({ word }) => word === 'refused')

        await level().restartOnWallClock()
        const found = byPeer(await level().store.sample(registrationOf(), 1_000_000))

        expect(puts(lines).filter(({ peer }) => !found.has(peer))).toEqual([])
        expect(refused.filter(({ peer }) => found.has(peer))).toEqual([])
        expect(refused).not.toEqual([])
      }
    )
  })

  describe('closed', () => {
    it('answers the write on its way and refuses those that wait', async () => {
      await level().store.open()
      const written = holdNextBatch()
      const first = level().store.put(registrationOf({ peer: 0 }))

      await written.begun
      const second = level().store.put(registrationOf({ peer: 1 }))
      const closing = level().store.close()
      await expect(second).rejects.toBeInstanceOf(UnavailableError)
      written.finish()
      await Promise.all([first, closing])
      await level().restart()

      expect((await level().readOn(registrationOf(), 0)).found).toEqual([peerText(0)])
    })

    it('has taken back what was written too late', async () => {
      await level().store.open()
      const written = holdNextBatch()
      const late = level().store.put(registrationOf(), { withinMs: 1000 })

      await written.begun
      level().advance(1000)
      const closing = level().store.close()
      written.finish()
      await expect(late).rejects.toBeInstanceOf(UnavailableError)
      await closing

      expect(await level().directory.storedKeys()).toEqual([])
    })
  })

  /** Now, and after a restart. */
  async function expectOnly(peers: number[]): Promise<void> {
    const now = await level().readOn(registrationOf(), 0)
    await level().restart()
    const then = await level().readOn(registrationOf(), 0)

    expect(now.found).toEqual(peers.map(peerText))
    expect(then.found).toEqual(peers.map(peerText))
  }

  /** The next write is done, but not told before `finish`. */
  function holdNextBatch() {
    const { batch } = ClassicLevel.prototype
    const begun = Promise.withResolvers<void>()
    const finished = Promise.withResolvers<void>()

    vi.spyOn(ClassicLevel.prototype, 'batch').mockImplementationOnce(async function (
      this: ClassicLevel,
      ...args: unknown[]
    ) {
      await Reflect.apply(batch, this, args)
      begun.resolve()
      await finished.promise
    } as typeof batch)

    return { begun: begun.promise, finish: finished.resolve, fail: finished.reject }
  }
})
