import { expect, it } from 'vitest'
import { describeInterop } from './support/describe-interop.ts'
import { type GoFlags, isRegisterResponse } from './support/go-peer.ts'

const OK = 0
const E_INVALID_NAMESPACE = 100
const E_INVALID_PEER_INFO = 101
const E_INVALID_TTL = 102

/** What Go peers are told by the seed implementation, and therefore by ours. */
const CASES: [name: string, flags: GoFlags, status: number, statusText: string][] = [
  ['an honest one', {}, OK, ''],
  ['a TTL of 1', { ttl: 1 }, OK, ''],
  ['a TTL of 20', { ttl: 20 }, OK, ''],
  ['32 addresses', { record: 'many-addresses', addresses: 32 }, OK, ''],
  ['no namespace', { namespace: '' }, E_INVALID_NAMESPACE, 'unspecified namespace'],
  [
    '257 bytes of namespace',
    { namespace: 'n'.repeat(257) },
    E_INVALID_NAMESPACE,
    'namespace too long'
  ],
  ['no record', { record: 'missing' }, E_INVALID_PEER_INFO, 'missing signed peer record'],
  ['an empty record', { record: 'empty' }, E_INVALID_PEER_INFO, 'invalid peer record'],
  ['a record of garbage', { record: 'garbage' }, E_INVALID_PEER_INFO, 'invalid peer record'],
  ['a record signed by another', { record: 'forged' }, E_INVALID_PEER_INFO, 'invalid peer record'],
  [
    'a record signed for another purpose',
    { record: 'stale-domain' },
    E_INVALID_PEER_INFO,
    'invalid peer record'
  ],
  ['the record of another peer', { record: 'foreign' }, E_INVALID_PEER_INFO, 'peer id mismatch'],
  ['no addresses', { record: 'no-addresses' }, E_INVALID_PEER_INFO, 'missing peer addresses'],
  ['33 addresses', { record: 'many-addresses' }, E_INVALID_PEER_INFO, 'peer info too long'],
  ['a TTL of 21', { ttl: 21 }, E_INVALID_TTL, 'bad ttl'],
  ['a TTL of -1', { ttl: -1 }, E_INVALID_TTL, 'bad ttl']
]

describeInterop('a REGISTER of a Go peer', (interop) => {
  it('gets the status and text of the seed implementation, whatever is wrong with it', async () => {
    const { point } = await interop.frontNode()

    const answers = await Promise.all(
      CASES.map(async ([name, flags]) => {
        const lines = await interop
          .goPeer('register', { point, namespace: interop.namespace, ...flags })
          .done()

        return lines.filter(isRegisterResponse).map((line) => [name, line.status, line.statusText])
      })
    )

    expect(answers.flat()).toEqual(
      CASES.map(([name, , status, statusText]) => [name, status, statusText])
    )
  })

  it('is reset without an answer if its namespace is no text, and the node goes on', async () => {
    const { point } = await interop.frontNode()
    const binary = interop.goPeer('register', { point, 'namespace-hex': 'fffe' })

    const end = await binary.ended

    const [next] = await interop.goPeer('register', { point, namespace: interop.namespace }).done()
    expect(end.code).toBe(1)
    expect(binary.lines).toEqual([])
    expect(binary.stderr).toContain('stream reset')
    expect(next).toMatchObject({ status: OK, ttl: 20 })
  })
})
