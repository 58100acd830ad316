import {
  type ClusterDirectory,
  type ClusterNode,
  NODE_EXPIRY_MS,
  NODE_REFRESH_MS
} from '@rendezvous-cluster/rendezvous'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

export interface DirectoryUnderTest {
  directory: ClusterDirectory
  /** Lets time pass for the directory, by however it is told the time. */
  advance(ms: number): Promise<void>
  /** Removes what the test left behind. */
  dispose(): Promise<void>
}

export interface DirectorySuiteInit {
  /** A fresh, empty directory. */
  create(): Promise<DirectoryUnderTest>
  /** How far from an instant a test must stay, in milliseconds: 1 on an injected clock. */
  clockMarginMs: number
}

/** A node, or one with these fields. */
export function nodeOf(fields: Partial<ClusterNode> = {}): ClusterNode {
  return {
    peerId: 'peer-a',
    instance: 'first',
    host: 'host-a',
    record: Uint8Array.of(1, 2, 3),
    multiaddrs: ['/ip4/192.0.2.1/tcp/60000/p2p/peer-a'],
    version: '1.2.3',
    isDraining: false,
    startedAtMs: 1_800_000_000_123,
    ...fields
  }
}

/** Texts that a directory must neither cut, nor take for a part of what it writes around them. */
const HOSTILE_TEXTS = [
  '',
  '"',
  '\\',
  '","instance":"second"',
  '{"instance":"second"}',
  '\\u0022,"instance":"second"',
  "'; return redis.call('FLUSHALL') --",
  ']]',
  '%s%d{}[]',
  'line\nline\r\tend\u0000behind',
  '\u2028\u2029\ufeff',
  'ünïcödé 🦀',
  '__proto__',
  'x'.repeat(10_000)
]

/** What every directory of a cluster's nodes does, whatever it keeps them in. */
export function describeClusterDirectory(name: string, init: DirectorySuiteInit): void {
  describe(`cluster directory: ${name}`, () => {
    let underTest: DirectoryUnderTest
    let directory: ClusterDirectory

    beforeEach(async () => {
      underTest = await init.create()
      directory = underTest.directory
    })

    afterEach(() => underTest.dispose())

    const listed = async () =>
      (await directory.list()).map(({ heardMsAgo: _heardMsAgo, ...node }) => plain(node))
    const first = nodeOf()
    const second = nodeOf({ instance: 'second', host: 'host-b', version: '9.9.9' })

    it('lists nobody at first', async () => {
      expect(await directory.list()).toEqual([])
    })

    it('lists a node whole once it was announced', async () => {
      expect(await directory.announce(first)).toBeUndefined()
      expect(await listed()).toEqual([plain(first)])
    })

    it('tells how long ago a node was announced', async () => {
      await directory.announce(first)
      await underTest.advance(4000)

      const [node] = await directory.list()

      expect(node?.heardMsAgo).toBeGreaterThanOrEqual(4000)
      expect(node?.heardMsAgo).toBeLessThan(4000 + init.clockMarginMs)
    })

    it('keeps the figures of a node', async () => {
      const figures = {
        seconds: 12,
        connections: 3,
        streams: 2,
        requests: [{ protocol: 'waku', type: 'register', status: 'OK', count: 5 }],
        durations: [[0.001, 4] as [number, number]],
        rejected: [],
        storeDurations: [],
        storeOperations: 0,
        storeErrors: []
      }

      await directory.announce(nodeOf({ figures }))

      expect((await directory.list())[0]?.figures).toEqual(figures)
    })

    it('lists nodes by peer id, in whatever order they came', async () => {
      for (const peerId of ['c', 'a', 'B', 'b']) {
        await directory.announce(nodeOf({ peerId }))
      }

      expect((await directory.list()).map(({ peerId }) => peerId)).toEqual(['B', 'a', 'b', 'c'])
    })

    it('lists what a node said last', async () => {
      const draining = nodeOf({ isDraining: true, multiaddrs: [], record: new Uint8Array() })

      await directory.announce(first)

      expect(await directory.announce(draining)).toBeUndefined()
      expect(await listed()).toEqual([plain(draining)])
    })

    it('lists no node that was withdrawn, and all others', async () => {
      const other = nodeOf({ peerId: 'peer-b' })

      await directory.announce(first)
      await directory.announce(other)
      await directory.withdraw(first)

      expect(await listed()).toEqual([plain(other)])
    })

    it('takes the withdrawal of a node that is not listed', async () => {
      await expect(directory.withdraw(first)).resolves.toBeUndefined()
    })

    it('returns a record byte by byte', async () => {
      const record = Uint8Array.from({ length: 512 }, (_, index) => index % 256)

      await directory.announce(nodeOf({ record }))

      const [node] = await directory.list()
      const holder = await directory.announce(second)

      expect(hex(node?.record)).toBe(hex(record))
      expect(hex(holder?.record)).toBe(hex(record))
    })

    it.each(HOSTILE_TEXTS)('keeps the text %j as it is, and the nodes apart', async (text) => {
      const hostile = nodeOf({ host: text, version: text })

      await directory.announce(hostile)

      expect(await listed()).toEqual([plain(hostile)])
      expect(await directory.announce(hostile)).toBeUndefined()
      expect(plain(await directory.announce(second))).toEqual(plain(hostile))
    })

    it.each(HOSTILE_TEXTS)('tells an instance named %j from another', async (instance) => {
      const node = nodeOf({ instance })

      await directory.announce(node)

      expect(await directory.announce(node)).toBeUndefined()
      expect(plain(await directory.announce(second))).toEqual(plain(node))
    })

    describe('while another instance holds the peer id', () => {
      beforeEach(async () => {
        await directory.announce(first)
      })

      it('tells who that is, and lists nothing else', async () => {
        expect(plain(await directory.announce(second))).toEqual(plain(first))
        expect(await listed()).toEqual([plain(first)])
      })

      it('does not prolong its time', async () => {
        await underTest.advance(NODE_EXPIRY_MS - init.clockMarginMs)
        await directory.announce(second)
        await underTest.advance(init.clockMarginMs)

        expect(await listed()).toEqual([])
      })

      it('does not withdraw it', async () => {
        await directory.withdraw(second)

        expect(await listed()).toEqual([plain(first)])
      })

      it('is free once that one is withdrawn', async () => {
        await directory.withdraw(first)

        expect(await directory.announce(second)).toBeUndefined()
        expect(await listed()).toEqual([plain(second)])
      })

      it('is taken over once that one has expired, and told to it when it comes back', async () => {
        await underTest.advance(NODE_EXPIRY_MS)

        expect(await directory.announce(second)).toBeUndefined()
        expect(plain(await directory.announce(first))).toEqual(plain(second))
        expect(await listed()).toEqual([plain(second)])
      })

      it('is no matter for other peer ids', async () => {
        expect(await directory.announce(nodeOf({ ...second, peerId: 'peer-b' }))).toBeUndefined()
        expect(await directory.list()).toHaveLength(2)
      })
    })

    it('lists a node until it was not announced for the expiry, and not after', async () => {
      await directory.announce(first)
      await underTest.advance(NODE_EXPIRY_MS - init.clockMarginMs)
      const before = await directory.list()

      await underTest.advance(init.clockMarginMs)

      expect(before).toHaveLength(1)
      expect(await directory.list()).toEqual([])
    })

    it('lists nobody who is gone beside those who are not', async () => {
      await directory.announce(nodeOf({ peerId: 'gone' }))
      await underTest.advance(NODE_EXPIRY_MS / 2)
      await directory.announce(first)
      await underTest.advance(NODE_EXPIRY_MS / 2)

      expect(await listed()).toEqual([plain(first)])
    })

    it('lists a node as long as it is announced, and others no longer for it', async () => {
      await directory.announce(nodeOf({ peerId: 'gone' }))

      for (let elapsedMs = 0; elapsedMs < 2 * NODE_EXPIRY_MS; elapsedMs += NODE_REFRESH_MS) {
        await directory.announce(first)
        await underTest.advance(NODE_REFRESH_MS)
      }

      expect(await listed()).toEqual([plain(first)])
    })
  })
}

/** A node with its record as text: a store may return another class of bytes. */
function plain(node: ClusterNode | undefined) {
  return node && { ...node, record: hex(node.record) }
}

function hex(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString('hex')
}
