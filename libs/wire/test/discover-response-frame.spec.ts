import type { FoundRegistration } from '@rendezvous-cluster/rendezvous'
import { describe, expect, it } from 'vitest'
import { WakuMessage } from '../src/dialects/waku/generated/waku.ts'
import { encodeDiscoverResponseFrame } from '../src/discover-response-frame.ts'
import { DIALECTS, FrameDecoder, RESPONSE_FRAME_BYTES_MAX } from '../src/index.ts'

const MEBIBYTE = 1024 * 1024
const NAMESPACE = new Uint8Array(Buffer.from('/waku/2/default'))
const STATUS_OK = Uint8Array.of(0x18, 0x00)
const layout = { header: Uint8Array.of(0x08, 0x03), bodyTag: 0x2a }

/** Records of the same length, told apart by their first bytes. */
function registrationsOf(count: number, recordBytes: number): FoundRegistration[] {
  return Array.from({ length: count }, (_, index) => {
    const record = new Uint8Array(recordBytes)

    record.set([index >> 8, index & 0xff])

    return { namespace: NAMESPACE, record, ttlSeconds: 20 }
  })
}

function recordsIn(framed: Uint8Array): (Uint8Array | undefined)[] {
  const frames = new FrameDecoder(framed.byteLength)

  frames.append(framed)

  const message = WakuMessage.decode(frames.next() as Uint8Array)

  return message.discoverResponse?.registrations.map((one) => one.signedPeerRecord) ?? []
}

const encode = (registrations: FoundRegistration[], bytesMax: number): Uint8Array =>
  encodeDiscoverResponseFrame({
    layout,
    response: { type: 'discover', status: 0, statusText: '', namespace: NAMESPACE, registrations },
    trailer: () => STATUS_OK,
    frameBytesMax: bytesMax
  }).frame

describe('a DISCOVER_RESPONSE below its limit', () => {
  const registrations = registrationsOf(1000, 4096)
  const { frame: framed, registrationCount } = DIALECTS.waku.encodeResponse({
    type: 'discover',
    status: 0,
    statusText: '',
    namespace: NAMESPACE,
    registrations
  })
  const records = recordsIn(framed)

  it('1000 records of 4096 bytes stay within a mebibyte, the length prefix included', () => {
    expect(RESPONSE_FRAME_BYTES_MAX).toBeLessThanOrEqual(MEBIBYTE)
    expect(framed.byteLength).toBeLessThanOrEqual(RESPONSE_FRAME_BYTES_MAX)
  })

  it('the records are the first ones, in order', () => {
    expect(records).toEqual(registrations.slice(0, records.length).map(({ record }) => record))
  })

  it('it is told how many they are', () => {
    expect(registrationCount).toBe(records.length)
  })

  it('the next record would not have fitted', () => {
    const one = encode(registrationsOf(1, 4096), MEBIBYTE).byteLength
    const none = encode([], MEBIBYTE).byteLength

    // Lengths of the frame and its body take up to 3 bytes each at this size, 1 when empty.
    expect(framed.byteLength + (one - none)).toBeGreaterThan(RESPONSE_FRAME_BYTES_MAX - 16)
    expect(records.length).toBe(Math.floor((MEBIBYTE - 20) / (4096 + 3 + 2 + 15 + 2 + 3 + 1)))
  })
})

describe('the limit to the byte', () => {
  /** Two registrations, with room for more. */
  const whole = encode(registrationsOf(2, 100), MEBIBYTE)
  /** What the estimate of tags and lengths holds back at most. */
  const reserve = 16

  it('both are sent where they fit with the reserve, and never in a byte less than they take', () => {
    const registrations = registrationsOf(2, 100)

    expect(encode(registrations, whole.byteLength + reserve)).toEqual(whole)
    expect(recordsIn(encode(registrations, whole.byteLength - 1))).toHaveLength(1)
  })

  it('whatever the limit, the frame keeps it, and grows by one registration at a time', () => {
    const registrations = registrationsOf(5, 100)
    let most = 0

    for (let bytesMax = 30; bytesMax < 700; bytesMax++) {
      const framed = encode(registrations, bytesMax)
      const count = recordsIn(framed).length

      expect(framed.byteLength).toBeLessThanOrEqual(bytesMax)
      expect(count - most).toBeOneOf([0, 1])
      most = count
    }

    expect(most).toBe(5)
  })

  it('a mebibyte is kept to the byte, whatever the length of the last record', () => {
    const counts = Array.from({ length: 60 }, (_, extra) => {
      const last = registrationsOf(1, 1770 + extra)
      const framed = encode([...registrationsOf(254, 4096), ...last], MEBIBYTE)

      expect(framed.byteLength).toBeLessThanOrEqual(MEBIBYTE)

      return recordsIn(framed).length
    })

    expect(new Set(counts)).toEqual(new Set([254, 255]))
  })

  it('none is skipped: a small record behind one that does not fit is not sent', () => {
    const [first] = registrationsOf(1, 100)
    const registrations = [first, ...registrationsOf(1, 5000), first] as FoundRegistration[]

    expect(recordsIn(encode(registrations, 1000))).toEqual([first?.record])
  })

  it('where no record fits, none is sent and the status still is', () => {
    const framed = encode(registrationsOf(1, 5000), 1000)

    expect(Buffer.from(framed).toString('hex')).toBe('0608032a021800')
  })
})
