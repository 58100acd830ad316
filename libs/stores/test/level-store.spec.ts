import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CAPS_DEFAULT,
  CapReachedError,
  GRACE_MS,
  type LiveRegistration,
  type PageSource,
  UnavailableError
} from '@rendezvous-cluster/rendezvous'
import { ClassicLevel } from 'classic-level'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { describeRegistrationStore, registrationOf } from '../src/compliance/index.ts'
import { peerOf } from '../src/compliance/test-registrations.ts'
import { FORMAT_KEY } from '../src/level/level-database.ts'
import { LevelStore } from '../src/level/level-store.ts'
import { MemoryStore } from '../src/memory/memory-store.ts'
import { PlannedRegistrations } from '../src/memory/planned-registrations.ts'
import { StoreConfigurationError } from '../src/store-errors.ts'
import { LevelDirectory } from './level-directory.ts'
import { LevelProcess, type Line } from './level-process.ts'

const START_MS = 1_800_000_000_000
const ALL: PageSource = { kind: 'peer-record' }

describeRegistrationStore('level', {
  clockMarginMs: 1,
  async create({ random }) {
    const directory = await LevelDirectory.create()
    let nowMs = START_MS
    const store = new LevelStore({ directory: directory.path, now: () => nowMs, random })

    await store.open()

    return {
      store,
      async advance(ms) {
        nowMs += ms
      },
      dispose: () => directory.remove()
    }
  }
})

describe('a level store', () => {
  let directory: LevelDirectory
  let store: LevelStore
  let nowMs: number
  let child: LevelProcess | undefined

  beforeEach(async () => {
    child = undefined
    directory = await LevelDirectory.create()
    nowMs = START_MS
    store = newStore()
  })

  afterEach(async () => {
    vi.restoreAllMocks()
    await store.close()
    await child?.end()
    await directory.remove()
  })

  function newStore(path = directory.path): LevelStore {
    return new LevelStore({ directory: path, now: () => nowMs })
  }

  /** Closes the store, and opens another one on the same directory. */
  async function restart(): Promise<string[]> {
    await store.close()
    store = newStore()

    return store.open()
  }

  async function readOn(source: PageSource, after: number) {
    const { registrations, cursor } = await store.page(source, after, 1000)

    return { found: registrations.map(textOf), cursor }
  }

  describe('started again', () => {
    it('has what it had: records, kinds, namespaces and ends', async () => {
      const namespaces = [Buffer.from('a'), Buffer.of(0x00, 0xff, 0x7b), Buffer.alloc(256, 0x6e)]
      const record = Buffer.alloc(4096, 0xab)

      await store.open()
      for (const namespace of namespaces) {
        await store.put(registrationOf({ namespace, record, ttlSeconds: 100 }))
      }
      nowMs += 30_500
      const warnings = await restart()

      for (const namespace of namespaces) {
        const [found] = await store.sample(registrationOf({ namespace }), 10)

        expect(found?.ttlSeconds).toBe(70)
        expect(Buffer.from(found?.record ?? []).equals(record)).toBe(true)
      }
      expect(await store.stats()).toEqual({ registrations: 3, namespaces: 3 })
      expect(warnings).toEqual([])
    })

    it('goes on from an old cursor: nothing twice, nothing lost', async () => {
      await store.open()
      await putInTurn([0, 1, 2, 3])
      await putInTurn([1])
      const { cursor } = await store.page(registrationOf(), 0, 2)

      await restart()
      await putInTurn([4, 2])
      const { found } = await readOn(registrationOf(), cursor)

      // In order 0, 2, 3, 1 at first, of which the page had two.
      expect(found).toEqual([3, 1, 4, 2].map(peerText))
    })

    it('gives sequences above the highest stored one, also when the clock was set back', async () => {
      await store.open()
      await putInTurn([0, 1])
      const { cursor } = await readOn(registrationOf(), 0)

      nowMs -= 3_600_000
      await restart()
      await putInTurn([2])

      expect((await readOn(registrationOf(), cursor)).found).toEqual([peerText(2)])
    })

    it('lists the same registrations as before', async () => {
      await store.open()
      await store.put(registrationOf({ peer: 1, isListed: true }))
      await store.put(registrationOf({ peer: 2, isListed: false }))
      await restart()

      expect((await readOn(ALL, 0)).found).toEqual([peerText(1)])
      expect((await readOn(registrationOf(), 0)).found).toEqual([1, 2].map(peerText))
    })

    it('counts what it had against the caps, and accepts refreshes', async () => {
      const caps = { ...CAPS_DEFAULT, perPeer: 2 }

      await store.open()
      await store.put(registrationOf({ namespace: 'a' }), { caps })
      await store.put(registrationOf({ namespace: 'b' }), { caps })
      await restart()

      await expect(store.put(registrationOf({ namespace: 'c' }), { caps })).rejects.toBeInstanceOf(
        CapReachedError
      )
      await expect(store.put(registrationOf({ namespace: 'a' }), { caps })).resolves.toBeUndefined()
    })

    it('counts what it had against the cap of an IP prefix, and draws by prefix', async () => {
      const caps = { ...CAPS_DEFAULT, perPrefix: 2 }

      await store.open()
      await store.put(registrationOf({ peer: 0, ipPrefix: 2 ** 53 - 1 }), { caps })
      await store.put(registrationOf({ peer: 1, ipPrefix: -1 }), { caps })
      await store.put(registrationOf({ peer: 2, ipPrefix: -1 }), { caps })
      await restart()

      for (let sample = 0; sample < 20; sample++) {
        const drawn = await store.sample(registrationOf(), 2, { isSpread: true })

        expect(drawn.map(textOf)).toContain(peerText(0))
      }
      await expect(
        store.put(registrationOf({ peer: 3, ipPrefix: -1 }), { caps })
      ).rejects.toBeInstanceOf(CapReachedError)
      await expect(
        store.put(registrationOf({ peer: 3, ipPrefix: 2 ** 53 - 1 }), { caps })
      ).resolves.toBeUndefined()
    })

    it('does not have what was removed', async () => {
      await store.open()
      await putInTurn([0, 1])
      await store.remove(registrationOf({ peer: 0 }))
      await restart()

      expect((await readOn(registrationOf(), 0)).found).toEqual([peerText(1)])
    })

    it('has dropped what expired meanwhile, from the disk too', async () => {
      await store.open()
      await store.put(registrationOf({ peer: 1, ttlSeconds: 10 }))
      await store.put(registrationOf({ peer: 2, ttlSeconds: 100 }))
      nowMs += 10_000 + GRACE_MS
      await restart()
      const found = await store.sample(registrationOf(), 10)

      await store.close()

      expect(found.map(textOf)).toEqual([peerText(2)])
      expect(await directory.storedKeys()).toHaveLength(1)
    })

    it('leaves damaged registrations out and says how many', async () => {
      await store.open()
      await putInTurn([0, 1, 2, 3, 4, 5, 6])
      await store.close()
      const keys = await directory.storedKeys()

      await directory.withDatabase(async (database) => {
        const value = (await database.get(keys[1] as Buffer)) as Buffer

        await database.put(keys[0] as Buffer, Buffer.from('short'))
        await database.put(keys[1] as Buffer, Buffer.concat([Buffer.of(9), value.subarray(1)]))
        // As if an IP prefix came next: there is no room for it, and text is none.
        await database.put(
          keys[2] as Buffer,
          Buffer.concat([Buffer.of(1, 2), value.subarray(2, 19)])
        )
        await database.put(keys[3] as Buffer, Buffer.concat([Buffer.of(1, 2), value.subarray(2)]))
        await database.put(Buffer.of(1, 0xff, 0xff, 1), value)
        await database.put(Buffer.of(0xee, 0, 1, 0x61, 1), value)
      })
      const warnings = await restart()
      const { registrations } = await store.stats()
      const again = await restart()

      expect(registrations).toBe(3)
      expect(warnings).toEqual([expect.stringContaining('6 registrations')])
      expect(again).toEqual([])
    })
  })

  it('has every acknowledged registration after kill -9, with what remains of its TTL', async () => {
    child = new LevelProcess(['put', directory.path, '1000'])

    await child.until((lines) => puts(lines).length >= 5000)
    const acknowledged = puts(await child.kill())

    store = new LevelStore({ directory: directory.path })
    await store.open()
    const foundAtMs = Date.now()
    const found = byPeer(await store.sample(registrationOf(), 1_000_000))
    const offsets = acknowledged.map(({ peer, atMs }) => {
      const remaining = 1000 - (foundAtMs - atMs) / 1000

      return Math.abs((found.get(peer) ?? Number.NaN) - remaining)
    })

    expect(offsets.filter((seconds) => !(seconds <= 1.1))).toEqual([])
  })

  describe('refuses', () => {
    it('a directory that another process uses', async () => {
      child = new LevelProcess(['hold', directory.path])

      await child.until((lines) => lines.length > 0)
      const error = await store.open().catch((error: unknown) => error)
      await child.kill()

      expect(error).toBeInstanceOf(StoreConfigurationError)
      expect(error).toHaveProperty(
        'message',
        `${directory.path} is in use by another process: give each node a directory of its own`
      )
      await expect(store.open()).resolves.toEqual([])
    })

    it('a directory that it has open itself', async () => {
      const second = newStore()

      await store.open()

      await expect(second.open()).rejects.toThrow('in use by another process')
      await expect(second.put(registrationOf())).rejects.toBeInstanceOf(UnavailableError)
      await expect(store.put(registrationOf())).resolves.toBeUndefined()
    })

    it.each([
      ['below a file', 'file/store'],
      ['that is a file', 'file']
    ])('a path %s', async (_name, path) => {
      await writeFile(join(directory.parent, 'file'), '')
      const error = await newStore(join(directory.parent, path))
        .open()
        .catch((error: unknown) => error)

      expect(error).toBeInstanceOf(StoreConfigurationError)
      expect((error as Error).message).toContain(join(directory.parent, path))
      expect((error as Error).cause).toHaveProperty('code')
    })

    it('a database of something else, and leaves it as it was', async () => {
      const key = Buffer.from('somebody’s')

      await mkdir(directory.path)
      await directory.withDatabase((database) => database.put(key, key))

      await expect(store.open()).rejects.toThrow(`${directory.path} holds a LevelDB database of`)
      expect(await directory.storedKeys()).toEqual([key])
    })

    it('a database of another version', async () => {
      await store.open()
      await store.close()
      await directory.withDatabase((database) =>
        database.put(FORMAT_KEY, Buffer.from('rendezvous registrations, format 7'))
      )
      store = newStore()
      const opening = store.open()

      await expect(opening).rejects.toBeInstanceOf(StoreConfigurationError)
      await expect(opening).rejects.toThrow('format 7')
    })

    it('a damaged database', async () => {
      await store.open()
      await store.close()
      const manifest = (await readdir(directory.path)).find((name) => name.startsWith('MANIFEST'))

      await writeFile(join(directory.path, manifest as string), 'not what it was')
      store = newStore()

      await expect(store.open()).rejects.toBeInstanceOf(StoreConfigurationError)
    })
  })

  it('makes its directory for its owner alone', async () => {
    await store.open()

    expect((await stat(directory.path)).mode & 0o777).toBe(0o700)
  })

  it('is unavailable before it is opened', async () => {
    await expect(store.put(registrationOf())).rejects.toBeInstanceOf(UnavailableError)
    await expect(store.sample(registrationOf(), 1)).rejects.toBeInstanceOf(UnavailableError)
  })

  describe('leaves nothing on the disk', () => {
    it('once everything has expired and was swept', async () => {
      await store.open()
      await putAtOnce(25_000, 5)
      nowMs += 6000 + GRACE_MS
      const removed = await sweepAll()
      // Not what closing removes.
      const batch = vi.spyOn(ClassicLevel.prototype, 'batch')
      await store.close()

      expect(removed).toBe(25_000)
      expect(batch).not.toHaveBeenCalled()
      expect(await directory.storedKeys()).toEqual([])
    })

    it('of what a sample, or a new registration, found expired', async () => {
      const caps = { ...CAPS_DEFAULT, perPeer: 1 }

      await store.open()
      await putAtOnce(50, 1)
      await store.put(registrationOf({ peer: 100, namespace: 'a', ttlSeconds: 1 }), { caps })
      nowMs += 1000 + GRACE_MS
      await store.sample(registrationOf(), 100)
      await store.put(registrationOf({ peer: 100, namespace: 'b' }), { caps })
      await store.close()

      expect(await directory.storedKeys()).toHaveLength(1)
    })

    it('of what was removed', async () => {
      await store.open()
      await putAtOnce(10, 20)
      await Promise.all(
        Array.from({ length: 10 }, (_, peer) => store.remove(registrationOf({ peer })))
      )
      await store.close()

      expect(await directory.storedKeys()).toEqual([])
    })
  })

  it('keeps a registration that expired and came back while it was written', async () => {
    await store.open()
    await store.put(registrationOf({ ttlSeconds: 1 }))
    const written = holdNextBatch()
    const putting = store.put(registrationOf({ ttlSeconds: 1000 }))

    await written.begun
    nowMs += 1000 + GRACE_MS
    await store.sample(registrationOf(), 1)
    written.finish()
    await putting
    await sweepAll()
    await restart()

    expect(await store.sample(registrationOf(), 1)).toHaveLength(1)
  })

  it('applies racing changes of one peer to disk and memory in the same order', async () => {
    await store.open()

    for (let round = 0; round < 20; round++) {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          (index * 7 + round) % 3 === 0
            ? store.remove(registrationOf())
            : store.put(registrationOf({ record: Buffer.from(`record ${round} ${index}`) }))
        )
      )
      const before = await readOn(registrationOf(), 0)
      await restart()

      expect(await readOn(registrationOf(), 0)).toEqual(before)
    }
  })

  it('counts a registration that expires while a batch is planned, since that refreshes it', () => {
    const memory = new MemoryStore({ now: () => nowMs })
    const caps = { ...CAPS_DEFAULT, perPeer: 1 }
    const planned = new PlannedRegistrations(nowMs)

    memory.hold(memory.stamp(registrationOf({ namespace: 'a', ttlSeconds: 1 })))
    memory.admit(registrationOf({ namespace: 'a' }), caps, planned)
    nowMs += 1000 + GRACE_MS

    expect(() => memory.admit(registrationOf({ namespace: 'b' }), caps, planned)).toThrow(
      CapReachedError
    )
  })

  it('shows a registration only once it is written', async () => {
    await store.open()
    const written = holdNextBatch()
    const putting = store.put(registrationOf())

    await written.begun
    const early = await store.sample(registrationOf(), 1)
    written.finish()
    await putting

    expect(early).toEqual([])
    expect(await store.sample(registrationOf(), 1)).toHaveLength(1)
  })

  it('writes what arrives during a write in one batch', async () => {
    await store.open()
    const written = holdNextBatch()
    const batch = vi.spyOn(ClassicLevel.prototype, 'batch')
    const first = store.put(registrationOf({ peer: 0 }))

    await written.begun
    const others = putAtOnce(500, 20)
    written.finish()
    await Promise.all([first, others])

    expect(batch).toHaveBeenCalledTimes(2)
  })

  describe('does not let a put live that was given up', () => {
    it('before it was written', async () => {
      const controller = new AbortController()

      await store.open()
      const written = holdNextBatch()
      const first = store.put(registrationOf({ peer: 0 }))
      await written.begun
      const second = store.put(registrationOf({ peer: 1 }), controller)
      const late = store.put(registrationOf({ peer: 2 }), { withinMs: 1000 })

      controller.abort(new Error('enough'))
      await expect(second).rejects.toThrow('enough')
      nowMs += 1000
      written.finish()

      await expect(late).rejects.toBeInstanceOf(UnavailableError)
      await first
      await expectOnly([0])
    })

    it('while it was written', async () => {
      const controller = new AbortController()

      await store.open()
      const written = holdNextBatch()
      const puts = [
        store.put(registrationOf({ peer: 0 })),
        store.put(registrationOf({ peer: 1 }), controller),
        store.put(registrationOf({ peer: 2 }), { withinMs: 1000 })
      ]

      await written.begun
      controller.abort(new Error('enough'))
      await expect(puts[1]).rejects.toThrow('enough')
      nowMs += 1000
      written.finish()

      await expect(puts[2]).rejects.toBeInstanceOf(UnavailableError)
      await puts[0]
      await expectOnly([0])
    })

    it('and keeps the registration that it would have replaced', async () => {
      await store.open()
      await store.put(registrationOf({ record: Buffer.from('old'), ttlSeconds: 100 }))
      const written = holdNextBatch()
      const late = store.put(registrationOf({ record: Buffer.from('new') }), { withinMs: 1000 })

      await written.begun
      nowMs += 1000
      written.finish()
      await expect(late).rejects.toBeInstanceOf(UnavailableError)
      await restart()

      expect((await store.sample(registrationOf(), 1)).map(textOf)).toEqual(['old'])
    })
  })

  describe('on a disk that fails', () => {
    it('is unavailable for all who wait for the write, and shows none of it', async () => {
      const full = new Error('no space left on device')

      await store.open()
      await store.put(registrationOf({ peer: 0, record: Buffer.from('old') }))
      vi.spyOn(ClassicLevel.prototype, 'batch').mockRejectedValueOnce(full)
      const results = await Promise.allSettled([
        store.put(registrationOf({ peer: 0, record: Buffer.from('new') })),
        store.put(registrationOf({ peer: 1 })),
        store.remove(registrationOf({ peer: 0 }))
      ])

      for (const result of results) {
        const { reason } = result as PromiseRejectedResult

        expect(reason).toBeInstanceOf(UnavailableError)
        expect(reason.cause).toBe(full)
      }
      expect((await store.sample(registrationOf(), 10)).map(textOf)).toEqual(['old'])
      expect(await store.stats()).toEqual({ registrations: 1, namespaces: 1 })
    })

    it('works again once the disk does', async () => {
      const caps = { ...CAPS_DEFAULT, perNamespace: 1 }

      await store.open()
      vi.spyOn(ClassicLevel.prototype, 'batch').mockRejectedValueOnce(new Error('full'))
      await expect(store.put(registrationOf({ peer: 0 }), { caps })).rejects.toThrow()
      await store.put(registrationOf({ peer: 1 }), { caps })

      await expectOnly([1])
    })

    it('takes back what was written although the write failed', async () => {
      await store.open()
      await store.put(registrationOf({ peer: 0 }))
      const written = holdNextBatch()
      const changes = Promise.allSettled([
        store.remove(registrationOf({ peer: 0 })),
        store.put(registrationOf({ peer: 1 }))
      ])

      await written.begun
      written.fail(new Error('no answer from the disk'))
      const outcomes = (await changes).map(({ status }) => status)
      await store.put(registrationOf({ peer: 2 }))

      expect(outcomes).toEqual(['rejected', 'rejected'])
      await expectOnly([0, 2])
    })

    it('does not try more than once a second', async () => {
      const open = vi.spyOn(ClassicLevel.prototype, 'open')
      await store.open()
      const opened = open.mock.calls.length
      const batch = vi
        .spyOn(ClassicLevel.prototype, 'batch')
        .mockRejectedValue(new Error('no space left on device'))

      for (let put = 0; put < 10; put++) {
        await expect(store.put(registrationOf())).rejects.toBeInstanceOf(UnavailableError)
      }
      batch.mockRestore()
      nowMs += 1000

      await expect(store.put(registrationOf())).resolves.toBeUndefined()
      expect(open.mock.calls.length - opened).toBe(2)
    })

    // A limit of the size of files fails writes half-way, as a full disk does.
    it.skipIf(process.platform === 'win32')(
      'loses nothing acknowledged, before or after, though it is killed then',
      async () => {
        child = new LevelProcess(['put', directory.path, '1000'], 512 * 1024)

        await child.until((lines) => {
          const firstRefused = lines.findIndex(({ word }) => word === 'refused')

          return firstRefused !== -1 && puts(lines.slice(firstRefused)).length > 500
        })
        const lines = await child.kill()
        const lastPut = lines.findLastIndex(({ word }) => word === 'put')
        const refused = lines.slice(0, lastPut).filter(({ word }) => word === 'refused')

        store = new LevelStore({ directory: directory.path })
        await store.open()
        const found = byPeer(await store.sample(registrationOf(), 1_000_000))

        expect(puts(lines).filter(({ peer }) => !found.has(peer))).toEqual([])
        expect(refused.filter(({ peer }) => found.has(peer))).toEqual([])
        expect(refused).not.toEqual([])
      }
    )
  })

  describe('closed', () => {
    it('answers the write on its way and refuses those that wait', async () => {
      await store.open()
      const written = holdNextBatch()
      const first = store.put(registrationOf({ peer: 0 }))

      await written.begun
      const second = store.put(registrationOf({ peer: 1 }))
      const closing = store.close()
      await expect(second).rejects.toBeInstanceOf(UnavailableError)
      written.finish()
      await Promise.all([first, closing])
      await restart()

      expect((await readOn(registrationOf(), 0)).found).toEqual([peerText(0)])
    })

    it('has taken back what was written too late', async () => {
      await store.open()
      const written = holdNextBatch()
      const late = store.put(registrationOf(), { withinMs: 1000 })

      await written.begun
      nowMs += 1000
      const closing = store.close()
      written.finish()
      await expect(late).rejects.toBeInstanceOf(UnavailableError)
      await closing

      expect(await directory.storedKeys()).toEqual([])
    })
  })

  async function putInTurn(peers: number[]): Promise<void> {
    for (const peer of peers) {
      await store.put(registrationOf({ peer }))
    }
  }

  async function putAtOnce(count: number, ttlSeconds: number): Promise<void> {
    await Promise.all(
      Array.from({ length: count }, (_, peer) => store.put(registrationOf({ peer, ttlSeconds })))
    )
  }

  async function sweepAll(): Promise<number> {
    let removed = 0

    for (;;) {
      const swept = await store.sweep()

      removed += swept.removed

      if (!swept.hasMore) {
        return removed
      }
    }
  }

  /** Now, and after a restart. */
  async function expectOnly(peers: number[]): Promise<void> {
    const now = await readOn(registrationOf(), 0)
    await restart()
    const then = await readOn(registrationOf(), 0)

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

function puts(lines: Line[]): Line[] {
  return lines.filter(({ word }) => word === 'put')
}

/** What remains of the TTL of each peer that a record names. */
function byPeer(found: LiveRegistration[]): Map<number, number> {
  return new Map(found.map((registration) => [peerOf(registration), registration.ttlSeconds]))
}

function peerText(peer: number): string {
  return textOf(registrationOf({ peer }))
}

function textOf({ record }: { record: Uint8Array }): string {
  return Buffer.from(record).toString()
}
