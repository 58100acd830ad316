import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CAPS_DEFAULT,
  CapReachedError,
  GRACE_MS,
  type PageSource,
  UnavailableError
} from '@rendezvous-cluster/rendezvous'
import { ClassicLevel } from 'classic-level'
import { describe, expect, it, vi } from 'vitest'
import { describeRegistrationStore, registrationOf } from '../src/compliance/index.ts'
import { FORMAT_KEY } from '../src/level/level-database.ts'
import { StoreConfigurationError } from '../src/store-errors.ts'
import {
  byPeer,
  LevelUnderTest,
  peerText,
  puts,
  textOf,
  useLevelUnderTest
} from './level-under-test.ts'

const ALL: PageSource = { kind: 'peer-record' }

describeRegistrationStore('level', {
  clockMarginMs: 1,
  async create({ random }) {
    const level = await LevelUnderTest.create({ random })

    await level.store.open()

    return {
      store: level.store,
      async advance(ms) {
        level.advance(ms)
      },
      dispose: () => level.dispose()
    }
  }
})

/** What is on the disk, and what a start makes of it. */
describe('a level store', () => {
  const level = useLevelUnderTest()

  describe('started again', () => {
    it('has what it had: records, kinds, namespaces and ends', async () => {
      const namespaces = [Buffer.from('a'), Buffer.of(0x00, 0xff, 0x7b), Buffer.alloc(256, 0x6e)]
      const record = Buffer.alloc(4096, 0xab)

      await level().store.open()
      for (const namespace of namespaces) {
        await level().store.put(registrationOf({ namespace, record, ttlSeconds: 100 }))
      }
      level().advance(30_500)
      const warnings = await level().restart()

      for (const namespace of namespaces) {
        const [found] = await level().store.sample(registrationOf({ namespace }), 10)

        expect(found?.ttlSeconds).toBe(70)
        expect(Buffer.from(found?.record ?? []).equals(record)).toBe(true)
      }
      expect(await level().store.stats()).toEqual({ registrations: 3, namespaces: 3 })
      expect(warnings).toEqual([])
    })

    it('goes on from an old cursor: nothing twice, nothing lost', async () => {
      await level().store.open()
      await putInTurn([0, 1, 2, 3])
      await putInTurn([1])
      const { cursor } = await level().store.page(registrationOf(), 0, 2)

      await level().restart()
      await putInTurn([4, 2])
      const { found } = await level().readOn(registrationOf(), cursor)

      // In order 0, 2, 3, 1 at first, of which the page had two.
      expect(found).toEqual([3, 1, 4, 2].map(peerText))
    })

    it('gives sequences above the highest stored one, also when the clock was set back', async () => {
      await level().store.open()
      await putInTurn([0, 1])
      const { cursor } = await level().readOn(registrationOf(), 0)

      level().advance(-3_600_000)
      await level().restart()
      await putInTurn([2])

      expect((await level().readOn(registrationOf(), cursor)).found).toEqual([peerText(2)])
    })

    it('lists the same registrations as before', async () => {
      await level().store.open()
      await level().store.put(registrationOf({ peer: 1, isListed: true }))
      await level().store.put(registrationOf({ peer: 2, isListed: false }))
      await level().restart()

      expect((await level().readOn(ALL, 0)).found).toEqual([peerText(1)])
      expect((await level().readOn(registrationOf(), 0)).found).toEqual([1, 2].map(peerText))
    })

    it('counts what it had against the caps, and accepts refreshes', async () => {
      const caps = { ...CAPS_DEFAULT, perPeer: 2 }

      await level().store.open()
      await level().store.put(registrationOf({ namespace: 'a' }), { caps })
      await level().store.put(registrationOf({ namespace: 'b' }), { caps })
      await level().restart()

      await expect(
        level().store.put(registrationOf({ namespace: 'c' }), { caps })
      ).rejects.toBeInstanceOf(CapReachedError)
      await expect(
        level().store.put(registrationOf({ namespace: 'a' }), { caps })
      ).resolves.toBeUndefined()
    })

    it('counts what it had against the cap of an IP prefix, and draws by prefix', async () => {
      const caps = { ...CAPS_DEFAULT, perPrefix: 2 }

      await level().store.open()
      await level().store.put(registrationOf({ peer: 0, ipPrefix: 2 ** 53 - 1 }), { caps })
      await level().store.put(registrationOf({ peer: 1, ipPrefix: -1 }), { caps })
      await level().store.put(registrationOf({ peer: 2, ipPrefix: -1 }), { caps })
      await level().restart()

      for (let sample = 0; sample < 20; sample++) {
        const drawn = await level().store.sample(registrationOf(), 2, { isSpread: true })

        expect(drawn.map(textOf)).toContain(peerText(0))
      }
      await expect(
        level().store.put(registrationOf({ peer: 3, ipPrefix: -1 }), { caps })
      ).rejects.toBeInstanceOf(CapReachedError)
      await expect(
        level().store.put(registrationOf({ peer: 3, ipPrefix: 2 ** 53 - 1 }), { caps })
      ).resolves.toBeUndefined()
    })

    it('does not have what was removed', async () => {
      await level().store.open()
      await putInTurn([0, 1])
      await level().store.remove(registrationOf({ peer: 0 }))
      await level().restart()

      expect((await level().readOn(registrationOf(), 0)).found).toEqual([peerText(1)])
    })

    it('has dropped what expired meanwhile, from the disk too', async () => {
      await level().store.open()
      await level().store.put(registrationOf({ peer: 1, ttlSeconds: 10 }))
      await level().store.put(registrationOf({ peer: 2, ttlSeconds: 100 }))
      level().advance(10_000 + GRACE_MS)
      await level().restart()
      const found = await level().store.sample(registrationOf(), 10)

      await level().store.close()

      expect(found.map(textOf)).toEqual([peerText(2)])
      expect(await level().directory.storedKeys()).toHaveLength(1)
    })

    it('leaves damaged registrations out and says how many', async () => {
      await level().store.open()
      await putInTurn([0, 1, 2, 3, 4, 5, 6])
      await level().store.close()
      const keys = await level().directory.storedKeys()

      await level().directory.withDatabase(async (database) => {
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
      const warnings = await level().restart()
      const { registrations } = await level().store.stats()
      const again = await level().restart()

      expect(registrations).toBe(3)
      expect(warnings).toEqual([expect.stringContaining('6 registrations')])
      expect(again).toEqual([])
    })
  })

  it('has every acknowledged registration after kill -9, with what remains of its TTL', async () => {
    const child = level().startChild(['put', level().directory.path, '1000'])

    await child.until((lines) => puts(lines).length >= 5000)
    const acknowledged = puts(await child.kill())

    await level().restartOnWallClock()
    const foundAtMs = Date.now()
    const found = byPeer(await level().store.sample(registrationOf(), 1_000_000))
    const offsets = acknowledged.map(({ peer, atMs }) => {
      const remaining = 1000 - (foundAtMs - atMs) / 1000

      return Math.abs((found.get(peer) ?? Number.NaN) - remaining)
    })

    expect(offsets.filter((seconds) => !(seconds <= 1.1))).toEqual([])
  })

  describe('refuses', () => {
    it('a directory that another process uses', async () => {
      const { directory, store } = level()
      const child = level().startChild(['hold', directory.path])

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
      const second = level().newStore()

      await level().store.open()

      await expect(second.open()).rejects.toThrow('in use by another process')
      await expect(second.put(registrationOf())).rejects.toBeInstanceOf(UnavailableError)
      await expect(level().store.put(registrationOf())).resolves.toBeUndefined()
    })

    it.each([
      ['below a file', 'file/store'],
      ['that is a file', 'file']
    ])('a path %s', async (_name, path) => {
      const { directory } = level()

      await writeFile(join(directory.parent, 'file'), '')
      const error = await level()
        .newStore(join(directory.parent, path))
        .open()
        .catch((error: unknown) => error)

      expect(error).toBeInstanceOf(StoreConfigurationError)
      expect((error as Error).message).toContain(join(directory.parent, path))
      expect((error as Error).cause).toHaveProperty('code')
    })

    it('a database of something else, and leaves it as it was', async () => {
      const { directory, store } = level()
      const key = Buffer.from('somebody’s')

      await mkdir(directory.path)
      await directory.withDatabase((database) => database.put(key, key))

      await expect(store.open()).rejects.toThrow(`${directory.path} holds a LevelDB database of`)
      expect(await directory.storedKeys()).toEqual([key])
    })

    it('a database of another version', async () => {
      await level().store.open()
      await level().store.close()
      await level().directory.withDatabase((database) =>
        database.put(FORMAT_KEY, Buffer.from('rendezvous registrations, format 7'))
      )
      const opening = level().restart()

      await expect(opening).rejects.toBeInstanceOf(StoreConfigurationError)
      await expect(opening).rejects.toThrow('format 7')
    })

    it('a damaged database', async () => {
      const { directory } = level()

      await level().store.open()
      await level().store.close()
      const manifest = (await readdir(directory.path)).find((name) => name.startsWith('MANIFEST'))

      await writeFile(join(directory.path, manifest as string), 'not what it was')

      await expect(level().restart()).rejects.toBeInstanceOf(StoreConfigurationError)
    })
  })

  it('makes its directory for its owner alone', async () => {
    await level().store.open()

    expect((await stat(level().directory.path)).mode & 0o777).toBe(0o700)
  })

  it('is unavailable before it is opened', async () => {
    await expect(level().store.put(registrationOf())).rejects.toBeInstanceOf(UnavailableError)
    await expect(level().store.sample(registrationOf(), 1)).rejects.toBeInstanceOf(UnavailableError)
  })

  describe('leaves nothing on the disk', () => {
    it('once everything has expired and was swept', async () => {
      await level().store.open()
      await level().putAtOnce(25_000, 5)
      level().advance(6000 + GRACE_MS)
      const removed = await level().sweepAll()
      // Not what closing removes.
      const batch = vi.spyOn(ClassicLevel.prototype, 'batch')
      await level().store.close()

      expect(removed).toBe(25_000)
      expect(batch).not.toHaveBeenCalled()
      expect(await level().directory.storedKeys()).toEqual([])
    })

    it('of what a sample, or a new registration, found expired', async () => {
      const caps = { ...CAPS_DEFAULT, perPeer: 1 }

      await level().store.open()
      await level().putAtOnce(50, 1)
      await level().store.put(registrationOf({ peer: 100, namespace: 'a', ttlSeconds: 1 }), {
        caps
      })
      level().advance(1000 + GRACE_MS)
      await level().store.sample(registrationOf(), 100)
      await level().store.put(registrationOf({ peer: 100, namespace: 'b' }), { caps })
      await level().store.close()

      expect(await level().directory.storedKeys()).toHaveLength(1)
    })

    it('of what was removed', async () => {
      await level().store.open()
      await level().putAtOnce(10, 20)
      await Promise.all(
        Array.from({ length: 10 }, (_, peer) => level().store.remove(registrationOf({ peer })))
      )
      await level().store.close()

      expect(await level().directory.storedKeys()).toEqual([])
    })
  })

  async function putInTurn(peers: number[]): Promise<void> {
    for (const peer of peers) {
      await level().store.put(registrationOf({ peer }))
    }
  }
})
