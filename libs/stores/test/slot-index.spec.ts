import { describe, expect, it } from 'vitest'
import { seededRandom } from '../src/compliance/index.ts'
import { hashPeer } from '../src/held/hash-peer.ts'
import { SlotIndex } from '../src/held/slot-index.ts'

const NEVER = () => false
const ALWAYS = () => true

describe('an index of slots', () => {
  it.each([
    ['different hashes', (slot: number) => Math.imul(slot, 0x9e3779b1)],
    ['few hashes', (slot: number) => slot % 7],
    ['neighbouring hashes', (slot: number) => slot],
    ['hashes that meet at the end of the table', (slot: number) => -1 - (slot % 3)]
  ])('finds what was added and not deleted, of %s', (_name, hashOf) => {
    const random = seededRandom(1)
    const index = new SlotIndex()
    const held = new Set<number>()
    const find = (slot: number) => index.find(hashOf(slot), (other) => other === slot)

    for (let step = 0; step < 6000; step++) {
      const slot = Math.floor(random() * 600)
      // Grows, then shrinks to nearly nothing.
      const isWanted = random() < (step < 3000 ? 0.8 : 0.1)

      if (isWanted && !held.has(slot)) {
        index.add(hashOf(slot), slot)
        held.add(slot)
      } else if (!isWanted && held.has(slot)) {
        index.delete(hashOf(slot), slot)
        held.delete(slot)
      }

      expect(find(slot)).toBe(held.has(slot) ? slot : undefined)
    }

    for (let slot = 0; slot < 600; slot++) {
      expect(find(slot)).toBe(held.has(slot) ? slot : undefined)
    }
  })

  it('asks which of those with the same hash is wanted', () => {
    const index = new SlotIndex()

    index.add(5, 0)
    index.add(5, 1)

    expect(index.find(5, (slot) => slot === 1)).toBe(1)
    expect(index.find(5, NEVER)).toBeUndefined()
    expect(index.find(6, ALWAYS)).toBeUndefined()
  })

  it('puts one slot in the place of another', () => {
    const index = new SlotIndex()

    index.add(5, 0)
    index.replace(5, 0, 9)

    expect(index.find(5, ALWAYS)).toBe(9)
  })

  it('does not delete what is not there', () => {
    const index = new SlotIndex()

    index.add(5, 0)

    expect(() => index.delete(5, 1)).toThrow('slot 1 is not in the index')
  })

  it('forgets everything', () => {
    const index = new SlotIndex()

    index.add(5, 0)
    index.clear()

    expect(index.find(5, ALWAYS)).toBeUndefined()
  })
})

describe('the hash of a peer id', () => {
  it('is the same for the same peer id, wherever it stands', () => {
    const bytes = Buffer.from('....0123456789....')

    expect(hashPeer(bytes.subarray(4, 14), 3)).toBe(hashPeer(Buffer.from('0123456789'), 3))
  })

  it('spreads peer ids that differ in one byte, in their length or in what is beside them', () => {
    const peerIds = Array.from({ length: 38 }, (_, place) => {
      const peerId = Buffer.alloc(38)

      peerId[place] = 1

      return hashPeer(peerId)
    })
    const lengths = Array.from({ length: 38 }, (_, length) => hashPeer(Buffer.alloc(length)))
    const beside = Array.from({ length: 1000 }, (_, number) => hashPeer(Buffer.alloc(38), number))

    expect(new Set(peerIds).size).toBe(38)
    expect(new Set(lengths).size).toBe(38)
    expect(new Set(beside).size).toBeGreaterThan(990)
    // The lowest bits are where an index looks.
    expect(new Set(beside.map((hash) => hash & 1023)).size).toBeGreaterThan(300)
  })
})
