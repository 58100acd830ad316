import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, isIPv6, type Server } from 'node:net'
import { getThinWaistAddresses } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { isPublicIp, parseIp } from '@rendezvous-cluster/point'
import type { Config } from '../config/option-table.ts'
import { type Finding, findingsOf } from './finding.ts'
import { type SocketAddress, socketAddressOf } from './socket-address.ts'

const finding = findingsOf('addresses')

/** For a connection to an announced address, in milliseconds. */
const CONNECT_MS = 3000

/** For what is said there first, in milliseconds. */
const GREETING_MS = 1000

/** Whether peers can reach the node where it says it is. Listens itself for as long as no node does. */
export async function examineAddresses(config: Config): Promise<Finding[]> {
  const token = randomUUID()
  const listeners = await Promise.all(config.listen.map((address) => listen(address, token)))

  try {
    return [
      ...listeners.flatMap(({ problem }) => problem ?? []),
      ...describeReach(config),
      ...(await Promise.all(
        config.announce.map((address) => examineAnnounced(address, listeners, token))
      ))
    ]
  } finally {
    for (const { server } of listeners) {
      server?.close()
    }
  }
}

interface Listener {
  /** Absent where the node, or something else, listens. */
  server?: Server
  isTaken?: boolean
  problem?: Finding
}

async function listen(address: string, token: string): Promise<Listener> {
  const { host, port } = socketAddressOf(address) as SocketAddress

  // Another port at each start is nobody's to reach.
  if (port === 0) {
    return {
      problem: finding(
        'warning',
        `${address} takes another port at each start`,
        'give one with --listen, so that peers find it again'
      )
    }
  }

  // Who leaves first is not our concern.
  const server = createServer((socket) => void socket.on('error', () => {}).end(token))

  // As libp2p does: one for IPv6 would otherwise take the port of IPv4 too.
  server.listen({ host, port, ipv6Only: isIPv6(host) })

  try {
    await once(server, 'listening')

    return { server }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException

    return code === 'EADDRINUSE'
      ? { isTaken: true }
      : {
          problem: finding(
            'bad',
            `${address} can't be listened on: ${message}`,
            code === 'EACCES'
              ? 'take a port above 1023, or give the process CAP_NET_BIND_SERVICE'
              : 'name an address of this host with --listen, such as /ip4/0.0.0.0/tcp/60000'
          )
        }
  }
}

/** How far the addresses lead that peers are told. */
function describeReach({ announce, listen: listening }: Config): Finding[] {
  const told = announce.length > 0 ? announce : listening.flatMap(addressesOf)
  const ips = told.flatMap((address) => parseIp(socketAddressOf(address)?.host ?? '') ?? [])

  if (told.length > ips.length || ips.some(isPublicIp)) {
    // Whether each of those that are announced is good is found by trying it.
    return announce.length > 0 ? [] : [finding('good', `peers are told ${told.join(', ')}`)]
  }

  return [
    finding(
      'warning',
      `peers are told addresses of this network alone: ${told.join(', ') || 'none'}`,
      'for peers outside of it give --announce with a name or an address of the internet, ' +
        'such as /dns4/rendezvous.example.org/tcp/60000'
    )
  ]
}

/** Those that listening there is announced as: libp2p's listeners ask the same function. */
function addressesOf(address: string): string[] {
  const { host } = socketAddressOf(address) as SocketAddress

  return getThinWaistAddresses(multiaddr(address)).map((one) =>
    address.replace(`/${host}/`, `/${socketAddressOf(one.toString())?.host}/`)
  )
}

async function examineAnnounced(
  address: string,
  listeners: readonly Listener[],
  token: string
): Promise<Finding> {
  const target = socketAddressOf(address)

  if (target == null) {
    return finding('good', `${address} is no TCP address: it was not tried`)
  }

  try {
    const said = await greetingOf(target)
    // A node that runs holds the port, and waits for its peer to speak: whoever does that answers for it.
    const isOurs = said === token || (said === '' && listeners.some(({ isTaken }) => isTaken))

    return isOurs
      ? finding('good', `${address} leads here`)
      : finding(
          'bad',
          `${address} leads to something else than this host`,
          'forward its port to this host, or announce another address with --announce'
        )
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException

    return finding(
      'bad',
      `${address} can't be reached from here: ${message}`,
      syscall === 'getaddrinfo'
        ? 'make a DNS record for its name, or check how it is spelled'
        : 'open its port in the firewall and forward it to --listen, or announce another address; ' +
            'some routers refuse connections to their own outer address: try from outside too'
    )
  }
}

/** What the other side says first; nothing where it waits for us to speak. */
async function greetingOf({ host, port }: SocketAddress): Promise<string> {
  const socket = connect({ host, port }).setEncoding('utf8')

  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MS) }).catch((error) => {
      throw error.name === 'AbortError' ? new Error(`no answer in ${CONNECT_MS / 1000} s`) : error
    })

    const [said] = await once(socket, 'data', { signal: AbortSignal.timeout(GREETING_MS) })

    return String(said)
  } catch (error) {
    if (socket.connecting || socket.errored != null) {
      throw error
    }

    return ''
  } finally {
    socket.on('error', () => {}).destroy()
  }
}
