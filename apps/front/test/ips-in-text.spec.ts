import { describe, expect, it } from 'vitest'
import { withIps } from '../src/ips-in-text.ts'

describe('IP addresses in a text', () => {
  it.each([
    ['203.0.113.57', '203.0.113.0'],
    ['from /ip4/203.0.113.57/tcp/4001/p2p/12D3KooW', 'from /ip4/203.0.113.0/tcp/4001/p2p/12D3KooW'],
    ['connect ECONNREFUSED 203.0.113.57:4001', 'connect ECONNREFUSED 203.0.113.0:4001'],
    ['203.0.113.57, 198.51.100.9 and 203.0.113.57', '203.0.113.0, 198.51.100.0 and 203.0.113.0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
    ['/ip6/2001:db8:1:2::5/tcp/4001', '/ip6/2001:db8:1::/tcp/4001'],
    ['2001:DB8:0001:2::5', '2001:db8:1::'],
    ['[2001:db8:1:2::5]:4001', '[2001:db8:1::]:4001'],
    ['2001:db8:1:2:3:4:5:6:40001', '2001:db8:1:::40001'],
    ['2001:db8:1:2::5: reset', '2001:db8:1::: reset'],
    ['2001:db8:1:2:3:4:5:6: reset', '2001:db8:1::: reset'],
    ['fe80::1234%eth0', 'fe80:0:0::%eth0'],
    ['::ffff:203.0.113.57', '203.0.113.0'],
    ['::ffff:cb00:7139', '203.0.113.0'],
    ['2001:db8:1:2::203.0.113.57', '2001:db8:1::'],
    [JSON.stringify('reset\n203.0.113.57\n2001:db8:1:2::5'), '"reset\\n203.0.113.0\\n2001:db8:1::"']
  ])('are shortened: %s', (text, expected) => {
    expect(withIps(text, 'shortened')).toBe(expected)
  })

  it.each([
    '10:15:30',
    'libp2p 3.3.11',
    '999.1.1.1',
    'aa:bb:cc:dd:ee:ff',
    '{"level":"debug","time":1764000000000}',
    'a: b: c: d',
    '/dns4/example.org/tcp/1'
  ])('are not what looks a little like them: %s', (text) => {
    expect(withIps(text, 'shortened')).toBe(text)
  })

  it('are left out, and names in multiaddrs with them', () => {
    const text = '/ip4/203.0.113.57/tcp/1, /ip6/2001:db8::1/tcp/2, /dns4/home.example.org/tcp/3'

    expect(withIps(text, 'none')).toBe('/ip4/…/tcp/1, /ip6/…/tcp/2, /dns4/…/tcp/3')
  })

  it('stay as they are', () => {
    expect(withIps('203.0.113.57 2001:db8:1:2::5', 'full')).toBe('203.0.113.57 2001:db8:1:2::5')
  })

  it('are found in time linear in the length of the text', () => {
    const texts = [':', 'a:', 'aaaa:', '1.', '1.1.1.', '::1', '/dns4/'].map((part) =>
      part.repeat(100_000)
    )
    // Of the processor, which other work beside it does not add to.
    const before = process.cpuUsage()

    for (const text of texts) {
      withIps(text, 'none')
    }

    expect(process.cpuUsage(before).user).toBeLessThan(10_000_000)
  })
})
