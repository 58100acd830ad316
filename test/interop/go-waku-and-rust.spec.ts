import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { findRustPeers } from './support/find-rust-peer.ts'
import {
  type Found,
  type GoFlags,
  type GoSubcommand,
  holds,
  isAdvertised,
  isFound,
  startGoPeer
} from './support/go-peer.ts'
import { describeRustClients } from './support/rust-peer-suite.ts'

const WAKU_TTL_SECONDS = 20

const { standard } = await findRustPeers()
const goPeer = inject('goPeer')

describe.skipIf(goPeer.kind === 'none')('a Go peer of Waku 0.0.1', () => {
  describeRustClients('and a Rust client with standard records', standard, 2, (interop) => {
    async function connect() {
      const [a, b] = interop.nodes as [(typeof interop.nodes)[0], (typeof interop.nodes)[0]]

      return { goPoint: a.point, rust: await interop.client([b.point]), rustNode: b.peerId }
    }

    it('is found by it at another node, with its short TTL', async () => {
      const { goPoint, rust, rustNode } = await connect()
      const { namespace } = interop

      const go = startPeer('advertise', { point: goPoint, namespace })
      const { peerId } = await go.first(isAdvertised)
      const { registrations } = await rust.page(rustNode, { namespace })

      expect(registrations).toMatchObject([{ peerId, namespace }])
      expect(registrations[0]?.ttl).toBeGreaterThan(0)
      expect(registrations[0]?.ttl).toBeLessThanOrEqual(WAKU_TTL_SECONDS)
    })

    it('finds it at another node, until it sends UNREGISTER', async () => {
      const { goPoint, rust, rustNode } = await connect()
      const { namespace } = interop
      const reader = startPeer('find', { point: goPoint, namespace, count: 0, 'every-ms': 50 })
      const addresses = ['/ip4/192.0.2.1/tcp/4001']

      await rust.register(rustNode, { namespace, addresses })
      await reader.first((line): line is Found => isFound(line) && holds(line, rust.peerId))
      await rust.unregister(rustNode, namespace)
      const before = reader.lines.length

      await expect
        .poll(() =>
          reader.lines.slice(before).some((line) => isFound(line) && !holds(line, rust.peerId))
        )
        .toBe(true)
    })
  })
})

function startPeer(subcommand: GoSubcommand, flags: GoFlags) {
  const peer = startGoPeer(goPeer.kind === 'none' ? '' : goPeer.file, subcommand, flags)

  onTestFinished(() => peer.kill().then(() => {}))

  return peer
}
