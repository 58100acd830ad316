import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../src/compliance/index.ts'
import { RecordLog } from '../src/held/record-log.ts'

/** Bytes of a segment of the log. */
const SEGMENT = 256 * 1024

const PEER = randomBytes(38)

function bytesOf(text: string): Buffer {
  return Buffer.from(text)
}

describe('a log of records', () => {
  it.each([1, 2, 3])('does what a map does (seed %i)', (seed) => {
    const random = seededRandom(seed)
    const log = new RecordLog()
    const held = new Map<number, { peerId: Buffer; record: Buffer }>()
    const record = () => randomBytes(Math.floor(random() * 900))

    for (let step = 0; step < 30_000; step++) {
      const slot = Math.floor(random() * 2000)
      const known = held.get(slot)

      if (known == null) {
        const one = { peerId: randomBytes(Math.floor(random() * 50)), record: record() }

        log.set(slot, one.peerId, one.record)
        held.set(slot, one)
      } else if (random() < 0.5) {
        known.record = random() < 0.2 ? known.record : record()
        log.replace(slot, known.record)
      } else {
        log.delete(slot)
        held.delete(slot)
      }
    }

    expect(held.size).toBeGreaterThan(500)

    for (const [slot, { peerId, record }] of held) {
      expect(Buffer.compare(log.peerId(slot), peerId)).toBe(0)
      expect(Buffer.compare(log.record(slot), record)).toBe(0)
      expect(log.isOfPeer(slot, peerId)).toBe(true)
      expect(log.isOfPeer(slot, Buffer.concat([peerId, Buffer.of(1)]))).toBe(false)
    }
  })

  it('copies what it is given', () => {
    const log = new RecordLog()
    const [peerId, record] = [bytesOf('peer'), bytesOf('record')]

    log.set(0, peerId, record)
    peerId.fill(0)
    record.fill(0)

    expect(log.isOfPeer(0, bytesOf('peer'))).toBe(true)
    expect(log.record(0)).toEqual(new Uint8Array(bytesOf('record')))
  })

  it('leaves a view as it is, whatever comes after', () => {
    const log = new RecordLog()

    log.set(0, PEER, bytesOf('first'))

    const views = [log.record(0)]

    log.replace(0, bytesOf('second'))
    views.push(log.record(0))
    log.delete(0)

    // Through several segments, all of which are left again.
    for (let round = 0; round < 20; round++) {
      log.set(round, PEER, Buffer.alloc(SEGMENT / 3, round))

      if (round > 0) {
        log.delete(round - 1)
      }
    }

    expect(views.map((view) => Buffer.from(view).toString())).toEqual(['first', 'second'])
  })

  it('holds a record that is larger than a segment, and empty ones', () => {
    const log = new RecordLog()
    const large = randomBytes(3 * SEGMENT)

    log.set(0, PEER, new Uint8Array())
    log.set(1, PEER, large)
    log.set(2, new Uint8Array(), bytesOf('x'))

    expect(log.record(0)).toHaveLength(0)
    expect(Buffer.compare(log.record(1), large)).toBe(0)
    expect(log.peerId(2)).toHaveLength(0)
    expect(log.record(2)).toEqual(new Uint8Array(bytesOf('x')))
  })

  it('writes nothing for a record that is the same', () => {
    const log = new RecordLog()

    log.set(0, PEER, bytesOf('same'))

    for (let time = 0; time < 100_000; time++) {
      log.replace(0, bytesOf('same'))
    }

    expect(log.bytes).toBe(SEGMENT)
  })

  it.each([
    ['in turns', (step: number) => step % 10_000],
    // A prime step comes to each once, and seldom to neighbours.
    ['here and there', (step: number) => (step * 7919) % 10_000]
  ])('takes at most twice what it holds when records are replaced %s', (_name, slotOf) => {
    const log = new RecordLog()
    const record = Buffer.alloc(200)
    const held = 10_000 * (200 + PEER.byteLength + 12)

    for (let slot = 0; slot < 10_000; slot++) {
      log.set(slot, PEER, record)
    }

    for (let step = 0; step < 100_000; step++) {
      record.writeUInt32LE(step)
      log.replace(slotOf(step), record)
    }

    expect(log.bytes).toBeGreaterThan(held)
    expect(log.bytes).toBeLessThan(2 * held + 6 * SEGMENT)
  })

  it('gives up its memory when nothing is held', () => {
    const log = new RecordLog()

    for (let slot = 0; slot < 10_000; slot++) {
      log.set(slot, PEER, Buffer.alloc(200))
    }

    for (let slot = 0; slot < 10_000; slot++) {
      log.delete(slot)
    }

    expect(log.bytes).toBe(0)
  })

  it('wins memory back where one in ten is left of each segment', () => {
    const log = new RecordLog()
    const record = Buffer.alloc(200)

    for (let slot = 0; slot < 50_000; slot++) {
      log.set(slot, PEER, record)
    }

    const full = log.bytes

    for (let slot = 0; slot < 50_000; slot++) {
      if (slot % 10 !== 0) {
        log.delete(slot)
      }
    }

    // It is won back while others come.
    for (let slot = 50_000; slot < 55_000; slot++) {
      log.set(slot, PEER, record)
    }

    expect(log.bytes).toBeLessThan(full / 2)
    expect(log.record(49_990)).toEqual(new Uint8Array(200))
  })
})
