import { describe, expect, it } from 'vitest'
import { parsePolicy } from '../src/policy/parse-policy.ts'
import { PolicyError } from '../src/policy/policy-error.ts'

const MATCH = 'give text of 1 to 256 bytes; * at the end for a prefix, \\* for a star'
const HEX = 'give 1 to 256 bytes, two hex digits each; * at the end for a prefix'
const CAP = 'give a whole number from 1 to 10000000'
const TTL = 'give a whole number of seconds from 1 to 259200'
const PEER_IDS = 'give a list of 1 to 1000 peer ids'
const ADDRESSES = 'give one of any, public, observed'
const ACCESS = 'is neither allow nor deny; give allow or deny'
const LISTED = 'is neither true nor false; give true or false'
const OWN = 'belongs to the cluster itself, so no rule applies'
const KEYS =
  'match, match-hex, access, peer-ids, addresses, min-ttl, default-ttl, max-ttl, max-registrations, listed'
const MARKS =
  'there are no anchors, aliases and tags here; put text that starts with &, * or ! in quotes'
const FLOW_LIST = 'Flow sequence in block collection must be sufficiently indented and end with a ]'

const PEER = '12D3KooWGWPozSRfGaWe94gAfhaHTqNrZWSzE9mR2pjehfQZAzGT'

/** Each key but a match, and once more. */
const KEYS_TWICE = [
  'access: deny',
  `peer-ids: [${PEER}]`,
  'addresses: any',
  'min-ttl: 1',
  'default-ttl: 1',
  'max-ttl: 1',
  'max-registrations: 1',
  'listed: true'
].flatMap((line) => [line, line])

function problemsOf(text: string): readonly string[] {
  try {
    parsePolicy(text, 'p.yaml')
  } catch (error) {
    expect(error).toBeInstanceOf(PolicyError)

    return (error as PolicyError).problems
  }

  return []
}

/** A file of one rule with this line. */
function rule(line: string): string {
  return `namespaces:\n  - ${line}\n`
}

/** A file of one rule that has these lines behind its match. */
function saying(...lines: string[]): string {
  return `namespaces:\n  - match: a\n${lines.map((line) => `    ${line}\n`).join('')}`
}

/** A file of one rule with this cap. */
function capped(cap: string): string {
  return saying(`max-registrations: ${cap}`)
}

describe('a bad policy', () => {
  it.each<[what: string, text: string, problems: string[]]>([
    ['text', 'x', ['1:1: the file is no mapping; give namespaces: and a list of rules']],
    ['a list', '\n- x', ['2:1: the file is no mapping; give namespaces: and a list of rules']],
    [
      'another key',
      'deny: 1\n',
      ['1:1: "deny" is no key of a policy; there are default-access, namespaces']
    ],
    ['no list', 'namespaces: a', ['1:13: namespaces is no list; give a list of rules']],
    ['a mapping', 'namespaces:\n  match: a', ['2:3: namespaces is no list; give a list of rules']],
    [
      'the list twice',
      'namespaces: []\nnamespaces: []',
      ['2:1: namespaces stands twice in a policy; give it once']
    ],
    [
      'keys of JavaScript and YAML',
      '__proto__: 1\nconstructor: 2\n<<: 3\n1: 4\n[a]: 5\n? {}\n: 6',
      [
        '1:1: "__proto__" is no key of a policy; there are default-access, namespaces',
        '2:1: "constructor" is no key of a policy; there are default-access, namespaces',
        '3:1: "<<" is no key of a policy; there are default-access, namespaces',
        '4:1: "1" is no key of a policy; there are default-access, namespaces',
        '5:1: a collection is no key of a policy; there are default-access, namespaces',
        '6:3: a collection is no key of a policy; there are default-access, namespaces'
      ]
    ],
    [
      'a key that is nothing',
      rule('{: a}'),
      [
        '2:5: a rule has neither match nor match-hex; give one of them',
        `2:6: "null" is no key of a rule; there are ${KEYS}`
      ]
    ],
    ['a rule that is text', rule('x'), [`2:5: a rule is no mapping; its keys are ${KEYS}`]],
    ['a rule that is nothing', rule(''), [`2:5: a rule is no mapping; its keys are ${KEYS}`]],
    [
      'a rule without a match',
      rule('max-registrations: 1'),
      ['2:5: a rule has neither match nor match-hex; give one of them']
    ],
    [
      'an empty rule',
      rule('{}'),
      ['2:5: a rule has neither match nor match-hex; give one of them']
    ],
    [
      'a rule with both',
      rule('match-hex: "61"\n    match: a'),
      ['3:5: a rule has both match and match-hex; give one of them']
    ],
    [
      'keys of later versions',
      rule('match: a\n    max-peers: 1\n    "\\e[2J": 1'),
      [
        `3:5: "max-peers" is no key of a rule; there are ${KEYS}`,
        `4:5: "\\u{1b}[2J" is no key of a rule; there are ${KEYS}`
      ]
    ],
    [
      'a key twice',
      rule('match: a\n    match: b\n    "match": c'),
      [
        '3:5: match stands twice in a rule; give it once',
        '4:5: match stands twice in a rule; give it once'
      ]
    ],

    ['no match', rule('match:'), [`2:5: match is empty; ${MATCH}`]],
    ['no match in brackets', rule('{match}'), [`2:6: match is empty; ${MATCH}`]],
    ['a commented match', rule('match: #a'), [`2:5: match is empty; ${MATCH}`]],
    ['a null match', rule('match: null'), [`2:5: match is empty; ${MATCH}`]],
    ['an empty match', rule('match: ""'), [`2:12: match is empty; ${MATCH}`]],
    ['a list for a match', rule('match: [a]'), [`2:12: match is no text; ${MATCH}`]],
    ['a mapping for a match', rule('match: {a: b}'), [`2:12: match is no text; ${MATCH}`]],
    ['a boolean match', rule('match: true'), [`2:12: match true is no text; ${MATCH}`]],
    [
      'a match of 257 bytes',
      rule(`match: ${'a'.repeat(257)}`),
      [`2:12: match "${'a'.repeat(80)}…" has 257 bytes; ${MATCH}`]
    ],
    [
      'a match of 129 letters',
      rule(`match: ${'é'.repeat(129)}`),
      [`2:12: match "${'é'.repeat(80)}…" has 258 bytes; ${MATCH}`]
    ],
    [
      'a prefix of 257 bytes',
      rule(`match: ${'a'.repeat(257)}*`),
      [`2:12: match "${'a'.repeat(80)}…" has 257 bytes; ${MATCH}`]
    ],
    [
      'a star inside',
      rule('match: a/*/b'),
      [`2:12: match "a/*/b" has a * before its end; ${MATCH}`]
    ],
    ['two stars', rule('match: a**'), [`2:12: match "a**" has a * before its end; ${MATCH}`]],
    [
      'half a character',
      rule('match: "\\ud800"'),
      [`2:12: match "\\u{d800}" has half of a surrogate pair; ${MATCH}`]
    ],
    [
      'what moves a terminal',
      rule('match: "\\e[2J\\u009b\\u202e\\u2028*a"'),
      [`2:12: match "\\u{1b}[2J\\u{9b}\\u{202e}\\u{2028}*a" has a * before its end; ${MATCH}`]
    ],

    ['no hex', rule('match-hex:'), [`2:5: match-hex is empty; ${HEX}`]],
    ['half a byte', rule('match-hex: 00f'), [`2:16: match-hex "00f" has half a byte; ${HEX}`]],
    [
      'half a byte of digits',
      rule('match-hex: 001'),
      [`2:16: match-hex 001 has half a byte; ${HEX}`]
    ],
    ['half a prefix', rule('match-hex: 0*'), [`2:16: match-hex "0*" has half a byte; ${HEX}`]],
    ['another prefix', rule('match-hex: 0x00'), [`2:16: match-hex 0x00 is no hex; ${HEX}`]],
    ['other letters', rule('match-hex: 0g'), [`2:16: match-hex "0g" is no hex; ${HEX}`]],
    ['a star in hex', rule('match-hex: 00*0'), [`2:16: match-hex "00*0" is no hex; ${HEX}`]],
    [
      '257 bytes in hex',
      rule(`match-hex: ${'ab'.repeat(257)}`),
      [`2:16: match-hex "${'ab'.repeat(40)}…" has 257 bytes; ${HEX}`]
    ],

    ['a cap of 0', capped('0'), [`3:24: max-registrations 0 is too small; ${CAP}`]],
    ['a cap below 0', capped('-1'), [`3:24: max-registrations -1 is too small; ${CAP}`]],
    ['a large cap', capped('10000001'), [`3:24: max-registrations 10000001 is too large; ${CAP}`]],
    [
      'a very large cap',
      capped('9'.repeat(1000)),
      [`3:24: max-registrations ${'9'.repeat(80)}… is no whole number; ${CAP}`]
    ],
    ['half a cap', capped('1.5'), [`3:24: max-registrations 1.5 is no whole number; ${CAP}`]],
    [
      'half a cap below 0',
      capped('-1.5'),
      [`3:24: max-registrations -1.5 is no whole number; ${CAP}`]
    ],
    ['an endless cap', capped('.inf'), [`3:24: max-registrations .inf is no whole number; ${CAP}`]],
    ['a cap in words', capped('ten'), [`3:24: max-registrations "ten" is no whole number; ${CAP}`]],
    ['a cap in quotes', capped('"5"'), [`3:24: max-registrations "5" is no whole number; ${CAP}`]],
    ['a true cap', capped('true'), [`3:24: max-registrations true is no whole number; ${CAP}`]],
    ['no cap', capped(''), [`3:5: max-registrations is no whole number; ${CAP}`]],
    ['a list of caps', capped('[1]'), [`3:24: max-registrations is no whole number; ${CAP}`]],

    ['another access', saying('access: Deny'), [`3:13: access "Deny" ${ACCESS}`]],
    ['access in a word of YAML', saying('access: no'), [`3:13: access "no" ${ACCESS}`]],
    ['a true access', saying('access: true'), [`3:13: access true ${ACCESS}`]],
    ['no access', saying('access:'), [`3:5: access ${ACCESS}`]],
    ['a list of access', saying('access: [deny]'), [`3:13: access ${ACCESS}`]],

    [
      'one peer id',
      saying(`peer-ids: ${PEER}`),
      [`3:15: peer-ids "${PEER}" is no list; ${PEER_IDS}`]
    ],
    ['no peer ids', saying('peer-ids:'), [`3:5: peer-ids is no list; ${PEER_IDS}`]],
    ['an empty list of peer ids', saying('peer-ids: []'), [`3:15: peer-ids is empty; ${PEER_IDS}`]],
    [
      'a mapping for peer ids',
      saying('peer-ids: {a: b}'),
      [`3:15: peer-ids is no list; ${PEER_IDS}`]
    ],
    [
      'peer ids that are none',
      saying(
        'peer-ids:',
        `- ${PEER}`,
        '- peer',
        '- 12D3',
        '- 7',
        '-',
        '- [a]',
        '- ""',
        `- ${PEER}0`
      ),
      [
        `5:7: peer-ids "peer" is no peer id; ${PEER_IDS}`,
        `6:7: peer-ids "12D3" is no peer id; ${PEER_IDS}`,
        `7:7: peer-ids 7 is no peer id; ${PEER_IDS}`,
        `8:6: peer-ids is empty; ${PEER_IDS}`,
        `9:7: peer-ids is no text; ${PEER_IDS}`,
        `10:7: peer-ids is empty; ${PEER_IDS}`,
        `11:7: peer-ids "${PEER}0" is no peer id; ${PEER_IDS}`
      ]
    ],
    [
      '1001 peer ids',
      saying('peer-ids:', ...new Array(1001).fill(`- ${PEER}`)),
      [`4:5: peer-ids has too many of them; ${PEER_IDS}`]
    ],
    [
      'marks on peer ids',
      saying(`peer-ids: [&a ${PEER}, *a, !b ${PEER}]`),
      [`3:19: ${MARKS}`, `3:73: ${MARKS}`, `3:80: ${MARKS}`]
    ],

    [
      'other addresses',
      saying('addresses: private'),
      [`3:16: addresses "private" is unknown; ${ADDRESSES}`]
    ],
    ['no addresses', saying('addresses:'), [`3:5: addresses is unknown; ${ADDRESSES}`]],
    [
      'a list for addresses',
      saying('addresses: [any]'),
      [`3:16: addresses is unknown; ${ADDRESSES}`]
    ],
    [
      'a property of objects',
      saying('addresses: toString'),
      [`3:16: addresses "toString" is unknown; ${ADDRESSES}`]
    ],

    ['a TTL of 0', saying('min-ttl: 0'), [`3:14: min-ttl 0 is too small; ${TTL}`]],
    ['a TTL below 0', saying('default-ttl: -1'), [`3:18: default-ttl -1 is too small; ${TTL}`]],
    ['a long TTL', saying('max-ttl: 259201'), [`3:14: max-ttl 259201 is too large; ${TTL}`]],
    ['half a TTL', saying('min-ttl: 1.5'), [`3:14: min-ttl 1.5 is no whole number; ${TTL}`]],
    [
      'a TTL with a unit',
      saying('max-ttl: 10s'),
      [`3:14: max-ttl "10s" is no whole number; ${TTL}`]
    ],
    ['a TTL in quotes', saying('max-ttl: "10"'), [`3:14: max-ttl "10" is no whole number; ${TTL}`]],
    ['no TTL', saying('default-ttl:'), [`3:5: default-ttl is no whole number; ${TTL}`]],
    ['a list of TTLs', saying('min-ttl: [1]'), [`3:14: min-ttl is no whole number; ${TTL}`]],
    [
      'bounds that cross',
      saying('max-ttl: 5', 'min-ttl: 6'),
      ['4:14: min-ttl 6 is above max-ttl 5; give at most 5']
    ],
    [
      'a default below the minimum',
      saying('min-ttl: 6', 'default-ttl: 5'),
      ['3:14: min-ttl 6 is above default-ttl 5; give at most 5']
    ],
    [
      'a default above the maximum',
      saying('default-ttl: 6', 'max-ttl: 5'),
      ['3:18: default-ttl 6 is above max-ttl 5; give at most 5']
    ],

    ['another listed', saying('listed: no'), [`3:13: listed "no" ${LISTED}`]],
    ['a number for listed', saying('listed: 0'), [`3:13: listed 0 ${LISTED}`]],
    ['listed in quotes', saying('listed: "false"'), [`3:13: listed "false" ${LISTED}`]],
    ['no listed', saying('listed:'), [`3:5: listed ${LISTED}`]],
    ['a list for listed', saying('listed: [true]'), [`3:13: listed ${LISTED}`]],

    [
      'keys of a rule twice',
      saying(...KEYS_TWICE),
      KEYS_TWICE.filter((_, index) => index % 2 === 1).map(
        (line, index) =>
          `${2 * index + 4}:5: ${line.split(':')[0]} stands twice in a rule; give it once`
      )
    ],

    ['another default access', 'default-access: maybe', [`1:17: default-access "maybe" ${ACCESS}`]],
    ['no default access', 'default-access:', [`1:1: default-access ${ACCESS}`]],
    ['a list for the default access', 'default-access: [deny]', [`1:17: default-access ${ACCESS}`]],
    ['a mark on the default access', 'default-access: !x deny', [`1:20: ${MARKS}`]],
    [
      'the default access twice',
      'default-access: deny\ndefault-access: deny',
      ['2:1: default-access stands twice in a policy; give it once']
    ],
    [
      'a default access behind a rule for everything',
      "default-access: deny\nnamespaces:\n  - match: a\n  - match: '*'\n",
      [
        '1:1: default-access never applies: the rule of line 4 matches everything; remove one of both'
      ]
    ],

    [
      'a rule for the cluster’s own namespace',
      'namespaces:\n  - match: rendezvous/cluster\n  - match-hex: 72656e64657a766f75732f636c7573746572\n',
      [
        `2:12: match "rendezvous/cluster" ${OWN}; ${MATCH}`,
        `3:16: match-hex "72656e64657a766f75732f636c7573746572" ${OWN}; ${HEX}`
      ]
    ],

    [
      'a rule twice',
      'namespaces:\n  - match: a\n\n  - match-hex: 61\n',
      [
        '4:5: the rule never applies: that of line 2 matches all it matches; move it before line 2 or remove it'
      ]
    ],
    [
      'rules behind wider ones',
      'namespaces:\n  - match: ab*\n  - match: a*\n  - match: abc\n  - match: abc*\n  - match: a*\n',
      [
        '4:5: the rule never applies: that of line 2 matches all it matches; move it before line 2 or remove it',
        '5:5: the rule never applies: that of line 2 matches all it matches; move it before line 2 or remove it',
        '6:5: the rule never applies: that of line 3 matches all it matches; move it before line 3 or remove it'
      ]
    ],
    [
      'a prefix of 256 bytes behind the namespace it is',
      `namespaces:\n  - match: ${'a'.repeat(256)}\n  - match: ${'a'.repeat(256)}*\n`,
      [
        '3:5: the rule never applies: that of line 2 matches all it matches; move it before line 2 or remove it'
      ]
    ],

    [
      'a star without quotes',
      rule('match: *'),
      ['2:12: a name of an alias is missing; put text that starts with & or * in quotes']
    ],
    ['an alias', rule('match: *a'), [`2:12: ${MARKS}`]],
    ['an anchor', rule('match: &a b'), [`2:15: ${MARKS}`]],
    ['an anchor alone', rule('match: &a'), [`2:14: ${MARKS}`]],
    ['a tag', rule('match: !a b'), [`2:15: ${MARKS}`]],
    ['a tag of JavaScript', rule('match: !!js/function b'), [`2:26: ${MARKS}`]],
    ['a tag of YAML', rule('match-hex: !!binary YQ=='), [`2:25: ${MARKS}`]],
    ['a tag of a key', rule('!!str match: b'), [`2:11: ${MARKS}`]],
    [
      'rules as aliases',
      'namespaces:\n  - &a {match: a}\n  - *a\n  - !b {match: b}\n',
      [`2:8: ${MARKS}`, `3:5: ${MARKS}`, `4:8: ${MARKS}`]
    ],
    ['a tagged list', 'namespaces: !!set []', [`1:19: ${MARKS}`]],
    ['a tagged file', '!a\nnamespaces: []', [`2:1: ${MARKS}`]],

    ['a tab', 'namespaces:\n\t- match: a', ['2:1: a tab indents the line; indent with spaces']],
    [
      'two documents',
      'namespaces: []\n---\nnamespaces: []\n',
      ['2:1: a second document starts; give one, without a second ---']
    ],
    [
      'a directive',
      '%TAG\n---\n',
      ['1:1: %TAG directive should contain exactly two parts; give valid YAML or JSON']
    ],
    ['an open list', 'namespaces: [\n', [`2:1: ${FLOW_LIST}; give valid YAML or JSON`]],
    ['an open quote', rule('match: "a'), ['3:1: Missing closing "quote; give valid YAML or JSON']],
    [
      'an escaped star in double quotes',
      rule('match: "\\*"'),
      ['2:13: an escape that YAML does not know; use single quotes, or none']
    ],
    [
      'binary',
      'a\0\n\x7f\ud800',
      [
        '1:2: \\u{0} is not printable; give an escape in double quotes',
        '2:1: \\u{7f} is not printable; give an escape in double quotes',
        '2:2: \\u{d800} is not printable; give an escape in double quotes'
      ]
    ],
    [
      'line ends of old Macs',
      'namespaces:\r  - match: a\r',
      [
        '1:12: \\u{d} is not printable; give an escape in double quotes',
        '1:25: \\u{d} is not printable; give an escape in double quotes'
      ]
    ],
    [
      'a byte order mark and line ends of Windows',
      '\ufeffdeny: 1\r\nnamespaces:\r\n  - match: ""\r\n',
      [
        '1:1: "deny" is no key of a policy; there are default-access, namespaces',
        `3:12: match is empty; ${MATCH}`
      ]
    ],
    [
      'JSON',
      '{"namespaces": [{"match": "a", "max-registrations": 0}]}',
      [`1:53: max-registrations 0 is too small; ${CAP}`]
    ]
  ])('is refused for %s', (_, text, problems) => {
    expect(problemsOf(text)).toEqual(problems.map((problem) => `p.yaml:${problem}`))
  })

  it('is refused for all its problems at once, in the order of the file', () => {
    const text = [
      'namespaces:',
      '  - match: a*',
      '    max-registrations: 0',
      '    ttl: 5',
      '  - match-hex: xy',
      '    match-hex: 00',
      '  - match: ab',
      'deny: []'
    ].join('\n')

    expect(problemsOf(text)).toEqual([
      `p.yaml:3:24: max-registrations 0 is too small; ${CAP}`,
      `p.yaml:4:5: "ttl" is no key of a rule; there are ${KEYS}`,
      `p.yaml:5:16: match-hex "xy" is no hex; ${HEX}`,
      'p.yaml:6:5: match-hex stands twice in a rule; give it once',
      'p.yaml:7:5: the rule never applies: that of line 2 matches all it matches; move it before line 2 or remove it',
      'p.yaml:8:1: "deny" is no key of a policy; there are default-access, namespaces'
    ])
  })

  it('is refused with more than 10,000 rules', () => {
    const rules = Array.from({ length: 10_001 }, (_, index) => `  - match: r${index}\n`)
    const text = `namespaces:\n${rules.join('')}`

    expect(problemsOf(text)).toEqual([
      'p.yaml:2:3: there are 10001 rules; at most 10000 are allowed'
    ])
  })

  it('is refused above 1 MiB, in bytes', () => {
    expect(problemsOf(`#${'é'.repeat(2 ** 19)}`)).toEqual([
      'p.yaml: has 1048577 bytes; at most 1048576 are allowed'
    ])
  })

  it('has at most a thousand problems told', () => {
    const problems = problemsOf(`namespaces:\n${'  - x\n'.repeat(1500)}`)

    expect(problems).toHaveLength(1001)
    expect(problems.at(-2)).toMatch(/^p\.yaml:1001:5: /)
    expect(problems.at(-1)).toBe('p.yaml: and 500 problems more')
  })

  it.each(['[', '{a: ', '- ', '? '])('is refused for a hundred thousand %j', (opening) => {
    expect(problemsOf(opening.repeat(100_000))).toEqual([
      'p.yaml:1:1: is nested too deeply; a policy has three levels'
    ])
  })

  it('costs nothing for nesting that the parser takes', () => {
    const nested = `${'['.repeat(100)}${']'.repeat(100)}`

    expect(problemsOf(rule(`match: ${nested}`))).toEqual([
      `p.yaml:2:12: match is no text; ${MATCH}`
    ])
  })

  it('never resolves an alias, however many grow out of each', () => {
    const levels = Array.from({ length: 30 }, (_, level) =>
      level === 0 ? 'a0: &a0 [x]' : `a${level}: &a${level} [${`*a${level - 1}, `.repeat(10)}]`
    )
    const problems = problemsOf(`${levels.join('\n')}\nnamespaces: *a29\n`)

    expect(problems).toHaveLength(31)
    expect(problems[0]).toBe(
      'p.yaml:1:1: "a0" is no key of a policy; there are default-access, namespaces'
    )
    expect(problems.at(-1)).toBe(`p.yaml:31:13: ${MARKS}`)
  })

  it('is read in time that grows with its length, whatever its keys are', () => {
    const keys = Array.from({ length: 80_000 }, (_, index) => `k${index}: 1`)

    expect(problemsOf(keys.join('\n'))).toHaveLength(1001)
  }, 10_000)
})
