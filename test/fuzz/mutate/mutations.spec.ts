import { describe, expect, it } from 'vitest'
import { bytesField, joined, numberField, readVarint, text } from '../../conformance/protobuf.ts'
import { Random } from '../random.ts'
import { BYTE_MUTATIONS, mutateBytes } from './byte-mutations.ts'
import { FIELD_MUTATIONS } from './field-mutations.ts'
import { mutateMessage } from './mutate-message.ts'
import { endless, overflowing, padded } from './varint-forms.ts'
import { splitMessage, type WireField } from './wire-fields.ts'

const DRAWS = 300

const MESSAGE = joined(
  numberField(1, 3),
  bytesField(5, joined(bytesField(1, text('namespace')), numberField(2, 1000))),
  numberField(3, 1)
)

const { fields: FIELDS } = splitMessage(MESSAGE)

/** What came of a message. */
interface Mutated {
  bytes: Uint8Array
  fields: WireField[]
  rest: Uint8Array
}

/** What a mutation says it does, and may happen to do to no effect now and then. */
const EFFECTS: Record<keyof typeof FIELD_MUTATIONS, (mutated: Mutated) => boolean> = {
  drop: ({ fields }) => fields.length === FIELDS.length - 1,
  repeat: ({ fields }) => fields.length === FIELDS.length + 1,
  repeatOften: ({ fields }) => fields.length > FIELDS.length + 100,
  reorder: ({ fields, bytes }) =>
    fields.length === FIELDS.length && Buffer.compare(bytes, MESSAGE) !== 0,
  renumber: ({ fields }) => numbersOf(fields) !== numbersOf(FIELDS),
  retype: ({ fields, rest }) => rest.byteLength > 0 || typesOf(fields) !== typesOf(FIELDS),
  retypeSoundly: ({ fields, rest }) => rest.byteLength === 0 && typesOf(fields) !== typesOf(FIELDS),
  truncate: ({ bytes }) => bytes.byteLength < MESSAGE.byteLength,
  renumberNumber: ({ fields }) => typesOf(fields) === typesOf(FIELDS) && isChanged(fields),
  overlongNumber: ({ fields }) =>
    fields.some(({ wireType, value }) => wireType === 0 && value.at(-1) === 0),
  overflowingNumber: ({ fields }) => fields.some(({ value }) => value.at(-1) === 0x7f),
  endlessNumber: ({ rest }) => rest.byteLength > 0,
  overlongTag: ({ bytes, fields }) =>
    bytes.byteLength > MESSAGE.byteLength && fields.length <= FIELDS.length,
  overflowingTag: ({ rest }) => rest.byteLength > 0,
  overlongLength: ({ bytes }) => bytes.byteLength > MESSAGE.byteLength,
  wrongLength: ({ bytes }) => Buffer.compare(bytes, MESSAGE) !== 0,
  hugeLength: ({ rest }) => rest.byteLength > 0,
  group: ({ fields, rest }) => rest.byteLength > 0 || fields.some(({ wireType }) => wireType === 3),
  unknownField: ({ fields, rest }) => rest.byteLength === 0 && fields.length === FIELDS.length + 1,
  zeroField: ({ rest }) => rest.byteLength > 0,
  pack: ({ fields }) => fields.filter(({ wireType }) => wireType === 2).length > 1,
  garbageInside: ({ fields, rest }) =>
    rest.byteLength === 0 && fields.length === FIELDS.length && isChanged(fields)
}

describe('a mutation of fields does what it says', () => {
  it.each(Object.keys(FIELD_MUTATIONS))('%s', (name) => {
    const mutated = drawn((random) =>
      joined(...(FIELD_MUTATIONS[name]?.(FIELDS, random) ?? []).map(({ bytes }) => bytes))
    )

    expect(mutated.filter((one) => EFFECTS[name]?.(one)).length).toBeGreaterThan(DRAWS / 5)
  })

  it.each(Object.entries(FIELD_MUTATIONS))('%s, of a message without fields', (_name, mutation) => {
    expect(() =>
      drawn((random) => joined(...mutation([], random).map(({ bytes }) => bytes)))
    ).not.toThrow()
  })
})

describe('a mutation of bytes does what it says', () => {
  const lengths: Record<keyof typeof BYTE_MUTATIONS, (bytes: number) => boolean> = {
    flip: (bytes) => bytes === MESSAGE.byteLength,
    set: (bytes) => bytes === MESSAGE.byteLength,
    insert: (bytes) => bytes > MESSAGE.byteLength,
    remove: (bytes) => bytes < MESSAGE.byteLength,
    repeat: (bytes) => bytes > MESSAGE.byteLength,
    truncate: (bytes) => bytes < MESSAGE.byteLength
  }

  it.each(Object.keys(BYTE_MUTATIONS))('%s', (name) => {
    const mutated = drawn((random) => BYTE_MUTATIONS[name]?.(MESSAGE, random) as Uint8Array)
    const changed = mutated.filter(({ bytes }) => Buffer.compare(bytes, MESSAGE) !== 0)

    expect(mutated.every(({ bytes }) => lengths[name]?.(bytes.byteLength))).toBe(true)
    expect(changed.length).toBeGreaterThan(DRAWS / 2)
  })

  it('bytes of which there are none get some', () => {
    expect(mutateBytes(new Uint8Array(), new Random(1)).byteLength).toBeGreaterThan(0)
  })
})

describe('a message is changed', () => {
  it('by the same seed in the same way, and by another one in another', () => {
    const byOne = drawn((random) => mutateMessage(MESSAGE, random)).map(({ bytes }) => bytes)
    const again = drawn((random) => mutateMessage(MESSAGE, random)).map(({ bytes }) => bytes)
    const byOther = drawn((random) => mutateMessage(MESSAGE, random), 2).map(({ bytes }) => bytes)

    expect(again).toEqual(byOne)
    expect(byOther).not.toEqual(byOne)
  })

  it('also inside of a message that it holds, around which lengths still fit', () => {
    const nested = drawn((random) => mutateMessage(MESSAGE, random)).filter(
      ({ fields, rest }) =>
        rest.byteLength === 0 &&
        numbersOf(fields) === numbersOf(FIELDS) &&
        Buffer.compare(fields[1]?.value as Uint8Array, FIELDS[1]?.value as Uint8Array) !== 0
    )

    expect(nested.length).toBeGreaterThan(DRAWS / 5)
  })

  it('and is not written over', () => {
    const before = MESSAGE.slice()

    drawn((random) => mutateMessage(MESSAGE, random))

    expect(MESSAGE).toEqual(before)
  })
})

describe('a varint', () => {
  it.each([0, 1, 127, 128, 2 ** 31])(
    'of %i in more bytes than it needs is the same number',
    (number) => {
      expect(padded(number, 9)).toHaveLength(9)
      expect(readVarint(padded(number, 9))).toEqual([BigInt(number), 9])
    }
  )

  it('that overflows has bits above the 64th', () => {
    expect((readVarint(overflowing(1)) as [bigint, number])[0]).toBeGreaterThan(2n ** 64n)
  })

  it('that does not end is none', () => {
    expect(readVarint(endless(12))).toBeUndefined()
  })
})

function drawn(mutate: (random: Random) => Uint8Array, seed = 1): Mutated[] {
  const random = new Random(seed)

  return Array.from({ length: DRAWS }, () => {
    const bytes = mutate(random)

    return { bytes, ...splitMessage(bytes) }
  })
}

function numbersOf(fields: readonly WireField[]): string {
  return fields.map(({ number }) => number).join()
}

function typesOf(fields: readonly WireField[]): string {
  return fields.map(({ wireType }) => wireType).join()
}

function isChanged(fields: readonly WireField[]): boolean {
  return fields.some(
    ({ bytes }, index) => Buffer.compare(bytes, FIELDS[index]?.bytes as Uint8Array) !== 0
  )
}
