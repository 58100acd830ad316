import { Uint8ArrayList } from 'uint8arraylist'
import { expect, it } from 'vitest'
import { HeldMemory } from '../src/held-memory.ts'

function createWaiting() {
  const held = new HeldMemory()
  const waiting = new Uint8ArrayList()

  return {
    held,
    waiting,
    add(piece: Uint8Array) {
      waiting.append(piece)
      held.added(waiting, piece)
    },
    memory: () => [...waiting].reduce((sum, { buffer }) => sum + buffer.byteLength, 0)
  }
}

it('a view on little of much memory is copied', () => {
  const { add, waiting, memory } = createWaiting()

  add(new Uint8Array(64 * 1024).fill(7, 0, 10).subarray(0, 10))

  expect(memory()).toBe(10)
  expect(waiting.slice()).toEqual(new Uint8Array(10).fill(7))
})

it('what fills its memory stays where it is', () => {
  const { add, waiting } = createWaiting()
  const piece = new Uint8Array(5000)

  add(piece)

  expect([...waiting]).toEqual([piece])
  expect([...waiting][0]?.buffer).toBe(piece.buffer)
})

it('what is left of it is copied once it is little', () => {
  const { add, held, waiting, memory } = createWaiting()

  add(new Uint8Array(5000))
  waiting.consume(4990)
  held.settle(waiting)

  expect(memory()).toBe(10)
})

it('what was taken in the meantime counts no more', () => {
  const { add, waiting } = createWaiting()
  const piece = new Uint8Array(5000)

  for (let count = 0; count < 3; count++) {
    waiting.consume(waiting.byteLength)
    add(piece)
  }

  expect([...waiting][0]?.buffer).toBe(piece.buffer)
})

it('small pieces are joined now and then, and in their order', () => {
  const { add, waiting } = createWaiting()
  const bytes = Uint8Array.from({ length: 3000 }, (_, index) => index)

  for (const byte of bytes) {
    add(Uint8Array.of(byte))
  }

  expect([...waiting].length).toBeLessThan(40)
  expect(waiting.slice()).toEqual(bytes)
})
