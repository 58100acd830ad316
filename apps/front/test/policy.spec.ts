import { Namespace } from '@rendezvous-cluster/rendezvous'
import { describe, expect, it } from 'vitest'
import type { NamespacePattern } from '../src/policy/namespace-pattern.ts'
import { parsePolicy } from '../src/policy/parse-policy.ts'
import { PatternIndex } from '../src/policy/pattern-index.ts'
import { Policy } from '../src/policy/policy.ts'

/** A policy whose rules have these matches, each as in YAML, and the caps 1, 2, 3 and so on. */
function policyOf(...matches: string[]): Policy {
  const rules = matches.map((match, index) => `  - ${match}\n    max-registrations: ${index + 1}\n`)

  return readText(`namespaces:\n${rules.join('')}`)
}

function readText(text: string): Policy {
  return new Policy(parsePolicy(text, 'policy.yaml'))
}

function capOf(policy: Policy, namespace: string | Uint8Array): number | undefined {
  const parsed =
    typeof namespace === 'string' ? Namespace.fromText(namespace) : Namespace.parse(namespace)

  return policy.of(parsed).registrationsMax
}

describe('a namespace policy', () => {
  it('says nothing without rules', () => {
    expect(Policy.none.of(Namespace.fromText('a'))).toEqual({ isDenied: false, ttlSeconds: {} })
    expect(Policy.none.size).toBe(0)
  })

  it.each([
    '',
    '\n',
    '# nothing\n',
    '---\n',
    'null',
    '{}',
    'namespaces:\n#  - match: a\n',
    'namespaces: []',
    '\ufeff'
  ])('has no rules in %j', (text) => {
    expect(capOf(readText(text), 'a')).toBeUndefined()
  })

  it('matches a whole namespace', () => {
    const policy = policyOf('match: /waku/2/rs/0/1')

    expect(capOf(policy, '/waku/2/rs/0/1')).toBe(1)
    expect(capOf(policy, '/waku/2/rs/0/10')).toBeUndefined()
    expect(capOf(policy, '/waku/2/rs/0/')).toBeUndefined()
  })

  it('matches what starts with a prefix, and the prefix itself', () => {
    const policy = policyOf('match: /waku/2/rs/0/*')

    expect(capOf(policy, '/waku/2/rs/0/')).toBe(1)
    expect(capOf(policy, '/waku/2/rs/0/1/2')).toBe(1)
    expect(capOf(policy, '/waku/2/rs/0')).toBeUndefined()
    expect(capOf(policy, 'x/waku/2/rs/0/1')).toBeUndefined()
  })

  it.each(["match: '*'", "match-hex: '*'"])('matches everything with %s', (match) => {
    const policy = policyOf(match)

    expect(capOf(policy, 'a')).toBe(1)
    expect(capOf(policy, Uint8Array.of(0))).toBe(1)
  })

  it('lets the first rule that matches count, exact ones and prefixes alike', () => {
    const policy = policyOf('match: a/b/*', 'match: a/c', 'match: a/*', 'match: b', "match: '*'")

    expect(capOf(policy, 'a/b/c')).toBe(1)
    expect(capOf(policy, 'a/c')).toBe(2)
    expect(capOf(policy, 'a/c/')).toBe(3)
    expect(capOf(policy, 'b')).toBe(4)
    expect(capOf(policy, 'c')).toBe(5)
  })

  it('finds the first of any three patterns that covers a fourth', () => {
    const keys = ['', 'a', 'b', 'aa', 'ab']
    const patterns = keys.flatMap((key) => [
      { key, isPrefix: false },
      { key, isPrefix: true }
    ])
    const covers = (one: NamespacePattern, other: NamespacePattern): boolean =>
      one.isPrefix ? other.key.startsWith(one.key) : !other.isPrefix && other.key === one.key
    const triples = patterns.flatMap((one) =>
      patterns.flatMap((two) => patterns.map((three) => [one, two, three]))
    )

    for (const triple of triples) {
      const index = new PatternIndex<number>()

      for (const [place, pattern] of triple.entries()) {
        index.add(pattern, place)
      }

      for (const pattern of patterns) {
        const first = triple.findIndex((earlier) => covers(earlier, pattern))

        expect(index.firstCovering(pattern) ?? -1).toBe(first)
      }
    }
  })

  it('makes an exception of a rule that says nothing', () => {
    const policy = readText('namespaces:\n  - match: a\n  - {match: a*, max-registrations: 1}\n')

    expect(capOf(policy, 'a')).toBeUndefined()
    expect(capOf(policy, 'ab')).toBe(1)
  })

  it.each([1, 10_000_000])('takes a cap of %d', (cap) => {
    const text = JSON.stringify({ namespaces: [{ match: 'a', 'max-registrations': cap }] })

    expect(capOf(readText(text), 'a')).toBe(cap)
  })

  it.each([
    [`match: '\\*'`, '*'],
    ['match: a\\*', 'a*'],
    ['match: a\\*b', 'a*b'],
    ['match: a\\b', 'a\\b'],
    ['match-hex: 612a', 'a*']
  ])('takes %s for one namespace with a star or backslash', (match, namespace) => {
    const policy = policyOf(match)

    expect(capOf(policy, namespace)).toBe(1)
    expect(capOf(policy, `${namespace}b`)).toBeUndefined()
  })

  it('takes a prefix that ends in a literal star', () => {
    const policy = policyOf('match: a\\**')

    expect(capOf(policy, 'a*b')).toBe(1)
    expect(capOf(policy, 'ab')).toBeUndefined()
  })

  it.each([
    ['match-hex: 00ff7d', [0x00, 0xff, 0x7d]],
    ['match-hex: 00FF7D', [0x00, 0xff, 0x7d]],
    // YAML takes these for numbers.
    ['match-hex: 00', [0x00]],
    ['match-hex: 001122', [0x00, 0x11, 0x22]],
    ['match-hex: 12e4', [0x12, 0xe4]],
    ['match: 007', [0x30, 0x30, 0x37]],
    ['match: 0x10', [0x30, 0x78, 0x31, 0x30]],
    ['match: é', [0xc3, 0xa9]],
    ['match: "\\u00e9"', [0xc3, 0xa9]],
    ['match: "\\ud83d\\ude00"', [0xf0, 0x9f, 0x98, 0x80]],
    ['match: "a\\0"', [0x61, 0x00]]
  ])('takes %s for the bytes %j', (match, bytes) => {
    expect(capOf(policyOf(match), Uint8Array.from(bytes))).toBe(1)
  })

  it('compares bytes, not characters', () => {
    const policy = policyOf('match: é', 'match-hex: e9')

    expect(capOf(policy, Uint8Array.of(0xc3, 0xa9))).toBe(1)
    expect(capOf(policy, Uint8Array.of(0xe9))).toBe(2)
    // The same letter in two characters.
    expect(capOf(policy, 'e\u0301')).toBeUndefined()
  })

  it('takes a prefix that ends inside a character', () => {
    const policy = policyOf('match-hex: c3*')

    expect(capOf(policy, 'é')).toBe(1)
    expect(capOf(policy, Uint8Array.of(0xc3))).toBe(1)
  })

  it('takes namespaces and prefixes of 256 bytes', () => {
    const policy = policyOf(`match: ${'é'.repeat(128)}`, `match-hex: ${'ab'.repeat(256)}*`)

    expect(capOf(policy, 'é'.repeat(128))).toBe(1)
    expect(capOf(policy, new Uint8Array(256).fill(0xab))).toBe(2)
    expect(capOf(policy, new Uint8Array(255).fill(0xab))).toBeUndefined()
  })

  it('takes 10,000 rules', () => {
    const matches = Array.from({ length: 10_000 }, (_, index) => `match: /app/${index}/*`)
    const policy = policyOf(...matches)

    expect(capOf(policy, '/app/0/1')).toBe(1)
    expect(capOf(policy, '/app/9999/1')).toBe(10_000)
  })

  it('reads the same with a byte order mark and the line ends of Windows', () => {
    const policy = readText('\ufeffnamespaces:\r\n  - match: a\r\n    max-registrations: 1\r\n')

    expect(capOf(policy, 'a')).toBe(1)
  })

  it('has no other rules under an older version of YAML', () => {
    const policy = readText('%YAML 1.1\n---\nnamespaces: [{match: yes, max-registrations: 1}]')

    expect(capOf(policy, 'yes')).toBe(1)
  })
})
