import type { Request } from '@rendezvous-cluster/rendezvous'
import { CLIENT_DIALECTS, DIALECTS } from '@rendezvous-cluster/wire'
import { describe, expect, it } from 'vitest'
import { fromHex } from '../../../libs/rendezvous/test/go-vectors.ts'
import { MESSAGE_TYPES } from '../reference/message-types.ts'
import { referenceRequest } from '../reference/reference-request.ts'
import { referenceResponse } from '../reference/reference-response.ts'
import { DifferenceError } from '../target.ts'
import { type ComparedReaders, compareReaders } from './compare-readers.ts'
import { DIFFERENCE_RULES, UNKNOWN_TYPE_RULE } from './difference-rules.ts'

const hexToBytes = (hex: string) => fromHex(hex.replaceAll(' ', ''))

const requests: ComparedReaders = {
  type: MESSAGE_TYPES.libp2p,
  ours: (message) => valueOrRefusal(() => DIALECTS.libp2p.decodeRequest(message)),
  theirs: (message) => referenceRequest('libp2p', message),
  rules: [UNKNOWN_TYPE_RULE]
}

const responses: ComparedReaders = {
  type: MESSAGE_TYPES.libp2p,
  ours: (message) => valueOrRefusal(() => CLIENT_DIALECTS.libp2p.decodeResponse(message)),
  theirs: (message) => referenceResponse('libp2p', message)
}

/** A DISCOVER of "ns" with limit 10. */
const DISCOVER = '08 03 2a 06 0a 02 6e73 10 0a'

/** Messages in which our readers differ from protobufjs, by the only rule that says why. */
const EXPLAINED: Record<string, { readers: ComparedReaders; hex: string }> = {
  group: { readers: requests, hex: `${DISCOVER} 33 34` },
  'wire type of a known field': { readers: requests, hex: `${DISCOVER} 10 05` },
  'message field more than once': { readers: requests, hex: `${DISCOVER} 2a 02 10 0b` },
  'unknown number of more than ten bytes': {
    readers: requests,
    hex: `${DISCOVER} 78 8080808080808080808000`
  },
  'number of 32 bits in six to nine bytes': {
    readers: requests,
    hex: `08 838080808000 ${DISCOVER.slice(6)}`
  },
  'unknown type ahead of a known one': { readers: requests, hex: `08 07 ${DISCOVER}` },
  'text that is no UTF-8': { readers: responses, hex: '08 01 1a 04 12 02 fffe' }
}

describe('readers that differ on purpose', () => {
  it.each([...DIFFERENCE_RULES, UNKNOWN_TYPE_RULE])('$name', ({ name }) => {
    const { readers, hex } = EXPLAINED[name] as (typeof EXPLAINED)[string]

    expect(compareReaders(hexToBytes(hex), readers)).toEqual([name])
  })

  it('by two rules at once', () => {
    expect(compareReaders(hexToBytes(`${DISCOVER} 33 34 10 05`), requests)).toEqual([
      'group',
      'wire type of a known field'
    ])
  })

  it('inside of a message', () => {
    expect(compareReaders(hexToBytes('08 03 2a 08 0a 02 6e73 10 0a 33 34'), requests)).toEqual([
      'group'
    ])
  })
})

describe('readers that agree', () => {
  it.each([DISCOVER, '', '08 03', 'ff', '08 01 1a 00', `${DISCOVER} f8ffffff0f 01`])(
    '%s',
    (hex) => {
      expect(compareReaders(hexToBytes(hex), requests)).toEqual([])
    }
  )
})

describe('no rule excuses', () => {
  const offByOne = (message: Uint8Array): Request | undefined => {
    const request = valueOrRefusal(() => DIALECTS.libp2p.decodeRequest(message))

    return request?.type === 'discover' && request.limit != null
      ? { ...request, limit: request.limit + 1n }
      : request
  }

  it.each(Object.entries(EXPLAINED))('another value where there is one: %s', (_name, { hex }) => {
    const message = hexToBytes(hex.startsWith('08 01') ? DISCOVER : hex)

    expect(() => compareReaders(message, { ...requests, ours: offByOne })).toThrow(DifferenceError)
  })

  it('what is accepted and should not be', () => {
    const ours = (): Request => ({ type: 'discover' })

    expect(() => compareReaders(hexToBytes('33 34 08'), { ...requests, ours })).toThrow(
      DifferenceError
    )
  })

  it('what is refused and should not be', () => {
    expect(() =>
      compareReaders(hexToBytes(DISCOVER), { ...requests, ours: () => undefined })
    ).toThrow(DifferenceError)
  })
})

function valueOrRefusal<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    // All that matters here.
    return undefined
  }
}
