import { readFileSync } from 'node:fs'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { Namespace, type NamespacePolicy, PeerSession } from '@rendezvous-cluster/rendezvous'
import { describe, expect, it } from 'vitest'
import { parsePolicy } from '../src/policy/parse-policy.ts'
import { Policy } from '../src/policy/policy.ts'

/** Ids of Ed25519, secp256k1 and RSA keys. */
const ED25519 = '12D3KooWGWPozSRfGaWe94gAfhaHTqNrZWSzE9mR2pjehfQZAzGT'
const SECP256K1 = '16Uiu2HAmHUsu9GoLzrTH8Ybjsm3MZDKj6FjiZSWB52WUpYXEJXsq'
const RSA = 'QmaDGb7YQzAauFmgbNCixR5TDnBAY4NMKt3nnJt7nn6eRw'

/** What a rule of these lines lays down for its namespace. */
function laidDownBy(...lines: string[]): NamespacePolicy {
  const rule = lines.map((line) => `    ${line}\n`).join('')

  return policyOf(`namespaces:\n  - match: a\n${rule}`, 'a')
}

function policyOf(text: string, namespace: string | Uint8Array): NamespacePolicy {
  const policy = new Policy(parsePolicy(text, 'policy.yaml'))

  return policy.of(
    typeof namespace === 'string' ? Namespace.fromText(namespace) : Namespace.parse(namespace)
  )
}

const idOf = (text: string): Uint8Array => peerIdFromString(text).toMultihash().bytes

describe('a rule', () => {
  it('that says nothing lays nothing down', () => {
    expect(laidDownBy()).toEqual({ isDenied: false, ttlSeconds: {} })
  })

  it.each([
    ['allow', false],
    ['deny', true]
  ])('with access: %s denies: %s', (access, isDenied) => {
    expect(laidDownBy(`access: ${access}`).isDenied).toBe(isDenied)
  })

  it.each([
    ['min-ttl', 'min'],
    ['default-ttl', 'default'],
    ['max-ttl', 'max']
  ])('with %s has that bound alone, from 1 to 259200', (key, bound) => {
    for (const seconds of [1, 259_200]) {
      expect(laidDownBy(`${key}: ${seconds}`).ttlSeconds).toEqual({ [bound]: seconds })
    }
  })

  it('takes bounds of the TTL that are equal', () => {
    expect(laidDownBy('min-ttl: 9', 'default-ttl: 9', 'max-ttl: 9').ttlSeconds).toEqual({
      min: 9,
      default: 9,
      max: 9
    })
  })

  it.each([true, false])('with listed: %s says so', (listed) => {
    expect(laidDownBy(`listed: ${listed}`).isListed).toBe(listed)
  })

  it('with peer-ids takes these peers, in whatever form they are written', () => {
    const { mayRegister } = laidDownBy(
      'peer-ids:',
      `- ${ED25519}`,
      `- ${peerIdFromString(RSA).toCID()}`
    )

    expect(mayRegister?.(idOf(ED25519))).toBe(true)
    expect(mayRegister?.(idOf(RSA))).toBe(true)
    expect(mayRegister?.(idOf(SECP256K1))).toBe(false)
    expect(mayRegister?.(idOf(ED25519).subarray(1))).toBe(false)
  })

  it('takes a thousand peer ids, and one twice', () => {
    const { mayRegister } = laidDownBy(`peer-ids: [${new Array(1000).fill(SECP256K1)}]`)

    expect(mayRegister?.(idOf(SECP256K1))).toBe(true)
  })
})

describe('default-access', () => {
  it('is for what no rule matches', () => {
    const text = 'default-access: deny\nnamespaces:\n  - match: a/*\n'

    expect(policyOf(text, 'a/b').isDenied).toBe(false)
    expect(policyOf(text, 'b').isDenied).toBe(true)
  })

  it('denies everything alone', () => {
    expect(policyOf('default-access: deny', 'a').isDenied).toBe(true)
  })

  it('allows where it says so', () => {
    expect(policyOf('default-access: allow', 'a').isDenied).toBe(false)
  })

  it('stands beside rules that match much, but not everything', () => {
    const text = "default-access: deny\nnamespaces:\n  - match: a*\n  - match: '\\*'\n"

    expect(policyOf(text, 'b').isDenied).toBe(true)
  })
})

describe('a rule for addresses', () => {
  const relay = `/p2p/${ED25519}/p2p-circuit`

  function takes(rule: string, addresses: string[], from?: number[]): boolean | undefined {
    const ip = from == null ? undefined : Uint8Array.from(from)
    const session = new PeerSession(idOf(ED25519), { ip })
    const bytes = addresses.map((address) => multiaddr(address).bytes)

    return laidDownBy(`addresses: ${rule}`).takesAddresses?.(bytes, session)
  }

  it('any asks nothing', () => {
    expect(laidDownBy('addresses: any').takesAddresses).toBeUndefined()
  })

  it.each<[boolean, string[]]>([
    [true, ['/ip4/8.8.8.8/tcp/1']],
    [true, ['/ip6/2a00:1450:4001::1/udp/1/quic-v1']],
    [true, ['/ip6/::ffff:8.8.8.8/tcp/1']],
    [true, ['/dns4/example.org/tcp/443/wss', '/dnsaddr/example.org', '/ip4/8.8.8.8/tcp/1']],
    [true, [`/ip4/8.8.8.8/tcp/1${relay}`, `/dns/relay.example.org/tcp/1${relay}`]],
    [true, ['/dns4/mylocalhost/tcp/1']],
    [false, ['/ip4/8.8.8.8/tcp/1', '/ip4/10.0.0.1/tcp/1']],
    [false, ['/dns4/example.org/tcp/1', '/ip4/127.0.0.1/tcp/1']],
    [false, ['/ip6/::1/tcp/1']],
    [false, ['/ip6/fd00::1/tcp/1']],
    [false, ['/ip6/::ffff:10.0.0.1/tcp/1']],
    [false, [`/ip4/192.168.1.1/tcp/1${relay}`]],
    [false, [`/ip4/8.8.8.8/tcp/1${relay}/ip4/10.0.0.1/tcp/1`]],
    [false, ['/dns4/localhost/tcp/1']],
    [false, ['/dns4/a.LOCALHOST./tcp/1']],
    [false, ['/dns4/127.1/tcp/1']],
    [false, [relay]],
    [false, ['/memory/1']],
    [false, ['/unix/tmp%2Fsocket']]
  ])('public: %s for %j', (isTaken, addresses) => {
    expect(takes('public', addresses)).toBe(isTaken)
  })

  it.each<[boolean, string[]]>([
    [true, ['/ip4/192.0.2.7/tcp/1']],
    [true, ['/ip4/192.0.2.7/tcp/1', '/ip4/192.0.2.7/udp/2/quic-v1']],
    [true, ['/ip6/::ffff:192.0.2.7/tcp/1']],
    [true, [`/ip4/192.0.2.7/tcp/1${relay}`]],
    [false, ['/ip4/192.0.2.8/tcp/1']],
    [false, ['/ip4/192.0.2.7/tcp/1', '/ip4/192.0.2.8/tcp/1']],
    [false, ['/ip4/192.0.2.7/tcp/1', '/ip6/2001:db8::1/tcp/1']],
    [false, ['/ip4/192.0.2.7/tcp/1', '/dns4/example.org/tcp/1']],
    [false, [`/ip4/192.0.2.8/tcp/1${relay}`]],
    [false, [`/ip4/192.0.2.7/tcp/1${relay}/ip4/192.0.2.8/tcp/1`]],
    [false, [relay]],
    [false, ['/memory/1']]
  ])('observed from 192.0.2.7: %s for %j', (isTaken, addresses) => {
    expect(takes('observed', addresses, [192, 0, 2, 7])).toBe(isTaken)
  })

  it('observed knows a private address, and one of IPv6', () => {
    const loopback = [...new Array(15).fill(0), 1]

    expect(takes('observed', ['/ip4/10.0.0.1/tcp/1'], [10, 0, 0, 1])).toBe(true)
    expect(takes('observed', ['/ip6/::1/tcp/1'], loopback)).toBe(true)
    expect(takes('observed', ['/ip6/::2/tcp/1'], loopback)).toBe(false)
  })

  it('observed takes nothing over a connection that comes from no IP address', () => {
    expect(takes('observed', ['/ip4/192.0.2.7/tcp/1'])).toBe(false)
  })
})

describe('the example of the documentation', () => {
  const page = readFileSync(new URL('../../../docs/policy.md', import.meta.url), 'utf8')
  const [, example = ''] = /```yaml\n(.*?)```/s.exec(page) ?? []

  it('lays down what its comments say', () => {
    expect(policyOf(example, 'anything else')).toMatchObject({ isDenied: true })
    expect(policyOf(example, '/waku/2/rs/0/7')).toMatchObject({
      isDenied: false,
      registrationsMax: 5000,
      ttlSeconds: { max: 60 }
    })
    expect(policyOf(example, '/waku/2/rs/0/8')).toMatchObject({ registrationsMax: 500 })
    expect(policyOf(example, 'example/private/old')).toMatchObject({ isDenied: true })
    expect(policyOf(example, 'example/private/new')).toMatchObject({
      isDenied: false,
      isListed: false,
      takesAddresses: expect.any(Function)
    })
    expect(policyOf(example, Uint8Array.of(0x00, 0xff, 0x7d))).toMatchObject({
      registrationsMax: 20
    })
  })

  it('lets the two servers register', () => {
    const { mayRegister, ttlSeconds } = policyOf(example, 'example/bootstrap')

    expect([ED25519, RSA, SECP256K1].map((id) => mayRegister?.(idOf(id)))).toEqual([
      true,
      true,
      false
    ])
    expect(ttlSeconds).toMatchObject({ min: 600, default: 3600 })
  })
})

it('the problems of the documentation are those that are told', () => {
  const page = readFileSync(new URL('../../../docs/policy.md', import.meta.url), 'utf8')
  const [, problems = ''] = /```text\n(.*?)```/s.exec(page) ?? []
  const text = [
    'namespaces:',
    '  - match: a',
    '    max-registrations: 0',
    '  - match: b*',
    '    max-registrations: 1',
    '  - match: bc',
    '  - match: d',
    '    max-registration: 1'
  ].join('\n')

  expect(() => parsePolicy(text, 'policy.yaml')).toThrow(problems.trimEnd())
})
