/** A program that starts a topology, suspends one server, writes all ports, and waits to be killed. */
import { startTopology } from '../../support/redis-topology.ts'

const [kind, binary] = process.argv.slice(2)
const topology = await startTopology(kind as typeof topology.kind, {
  binary: JSON.parse(binary as string)
})
const ports = [...topology.servers, ...topology.sentinels].map(({ port }) => port)

topology.servers.at(-1)?.suspend()
process.stdout.write(`${JSON.stringify(ports)}\n`)
process.stdin.resume()
