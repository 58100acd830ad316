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
 */
import { withReportDefault } from '../../../test/support/report-head.ts'
import { runCommand } from '../../../test/support/run-command.ts'
import { benchPeers, PEERS_HELP, parsePeersOptions } from './bench-peers.ts'
import { benchPoint, POINT_HELP, parsePointOptions } from './bench-point.ts'

const [first, ...rest] = withReportDefault('docs/benchmarks.md')

if (first === 'peers') {
  await runCommand(PEERS_HELP, () => parsePeersOptions(rest), benchPeers)
} else {
  const args = first == null ? [] : [first, ...rest]

  await runCommand(`${POINT_HELP}\n\n${PEERS_HELP}`, () => parsePointOptions(args), benchPoint)
}
