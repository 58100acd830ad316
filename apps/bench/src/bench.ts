/**
 * Load on rendezvous servers, and what it costs them.
 *
 *     npm run bench -- --point <multiaddr> [--scenario refresh] [--connections 100]
 *
 * puts load on a server that runs.
 *
 *     npm run bench -- peers [--live 1000,100000] [--rounds 5] [--report]
 *
 * starts ours and servers of other implementations, and measures them side by side, in turns.
 *
 *     npm run bench -- scale [--report]
 *
 * starts one node, two and four on one Redis, and four on a Cluster, and measures what an operation costs.
 *
 *     npm run bench -- store [--before <checkout>]
 *
 * fills the memory store, and measures what an operation of it costs and what it takes.
 *
 *     npm run bench -- profile [--operation connect] [--report]
 *
 * tells what the time of a front node goes to.
 */
import { withReportDefault } from '../../../test/support/report-head.ts'
import { runCommand } from '../../../test/support/run-command.ts'
import { benchPeers, PEERS_HELP, parsePeersOptions } from './bench-peers.ts'
import { benchPoint, POINT_HELP, parsePointOptions } from './bench-point.ts'
import { benchProfile, PROFILE_HELP, parseProfileOptions } from './bench-profile.ts'
import { benchScale, parseScaleOptions, SCALE_HELP } from './bench-scale.ts'
import { benchStore, parseStoreOptions, STORE_HELP } from './bench-store.ts'

const REPORTS: Readonly<Record<string, string>> = {
  scale: 'docs/scale.md',
  profile: 'docs/profile.md'
}

const [first, ...rest] = withReportDefault(REPORTS[process.argv[2] ?? ''] ?? 'docs/benchmarks.md')

if (first === 'peers') {
  await runCommand(PEERS_HELP, () => parsePeersOptions(rest), benchPeers)
} else if (first === 'scale') {
  await runCommand(SCALE_HELP, () => parseScaleOptions(rest), benchScale)
} else if (first === 'store') {
  await runCommand(STORE_HELP, () => parseStoreOptions(rest), benchStore)
} else if (first === 'profile') {
  await runCommand(PROFILE_HELP, () => parseProfileOptions(rest), benchProfile)
} else {
  const args = first == null ? [] : [first, ...rest]

  await runCommand(
    `${POINT_HELP}\n\n${PEERS_HELP}\n\n${SCALE_HELP}\n\n${STORE_HELP}\n\n${PROFILE_HELP}`,
    () => parsePointOptions(args),
    benchPoint
  )
}
