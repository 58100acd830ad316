import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findRustPeers } from '../../../../test/interop/support/find-rust-peer.ts'
import { findGoProgram } from '../../../../test/interop/support/go-program.ts'
import { JsonProcess } from '../../../../test/interop/support/json-process.ts'
import { programOf } from '../../../../test/interop/support/peer-program.ts'
import type { BenchServer, BenchServerKind } from './bench-server.ts'

const SEED = 'waku-org/go-waku-rendezvous'
const GO_RENDEZVOUS = 'waku-org/go-libp2p-rendezvous'

const STOCK_PROCESS = fileURLToPath(new URL('stock-process.ts', import.meta.url))

/** Within what both servers of the libp2p dialect grant. */
const STAYS_SECONDS = 86_400

/** With more an operation, or to fill it, takes them seconds. */
const LIVE_MAX = 100_000

/** Go: goleveldb, as its README shows. What is to stay is written into its database at the start. */
export const goSeed: BenchServerKind = {
  name: 'Go seed',
  liveMax: LIVE_MAX,
  // It works on a DISCOVER up to the square of its limit, also when nobody waits for the answer any more.
  slowOperations: ['discover 50', 'discover 1000', 'mixed'],
  description: `${SEED}, LevelDB`,
  async start({ peers, namespaces, prefix }) {
    const dir = await mkdtemp(join(tmpdir(), 'rendezvous-go-seed-'))
    const server = await startProgram(programOf(await findGoProgram('go-seed')).file, [
      `--dir=${dir}`,
      `--peers=${peers}`,
      `--namespaces=${namespaces}`,
      `--prefix=${prefix}`
    ])

    return {
      ...server,
      name: goSeed.name,
      fill: undefined,
      target: { ...server.target, dialect: 'waku', ttlSeconds: 20 },
      async stop() {
        await server.stop()
        await rm(dir, { recursive: true, force: true })
      }
    }
  }
}

/** Go: SQLite in memory. It looks through all registrations for each REGISTER: 100,000 take it hours. */
export const goRendezvous: BenchServerKind = {
  name: 'Go libp2p',
  liveMax: 10_000,
  description: `${GO_RENDEZVOUS}, SQLite in memory`,
  async start() {
    const server = await startProgram(programOf(await findGoProgram('go-rendezvous')).file, [
      'server',
      '--seed=bench'
    ])

    return { ...server, name: goRendezvous.name }
  }
}

/** Rust, as published. */
export const rust: BenchServerKind = {
  name: 'Rust',
  liveMax: LIVE_MAX,
  description:
    'libp2p-rendezvous of rust-libp2p with higher caps, which answers one request on a stream: each refresh and each DISCOVER opens another',
  async start() {
    const { published } = await findRustPeers()
    const server = await startProgram(programOf(published.program).file, [
      'server',
      ...['--seed', '1', '--quiet', '1', '--max-registrations', String(10 * LIVE_MAX)]
    ])

    return {
      ...server,
      name: rust.name,
      target: {
        ...server.target,
        recordKind: published.recordKind,
        streamPerRequest: true
      }
    }
  }
}

/** What a front node costs is held against it. */
export const stock: BenchServerKind = {
  name: 'stock js-libp2p',
  liveMax: LIVE_MAX,
  description:
    'the same point, registrations in memory, in libp2p as createLibp2p makes it by default',
  async start() {
    const server = await startProgram(process.execPath, [STOCK_PROCESS])

    return { ...server, name: stock.name }
  }
}

async function startProgram(file: string, args: string[]): Promise<Omit<BenchServer, 'name'>> {
  const child = new JsonProcess<Ready>(file, args)
  const ready = await child.first((line): line is Ready => addressOf(line) != null)

  return {
    pid: child.pid,
    target: {
      point: addressOf(ready) as string,
      dialect: 'libp2p',
      recordKind: 'peer-record',
      ttlSeconds: STAYS_SECONDS
    },
    fill: { dialect: 'libp2p', ttlSeconds: STAYS_SECONDS },
    stop: async () => void (await child.kill())
  }
}

/** Each of the programs tells it in its own words. */
interface Ready {
  event: string
  multiaddr?: string
  multiaddrs?: string[]
  peerId?: string
}

function addressOf({ multiaddr, multiaddrs, peerId }: Ready): string | undefined {
  const address = multiaddr ?? multiaddrs?.[0]

  return address == null || address.includes('/p2p/') ? address : `${address}/p2p/${peerId}`
}
