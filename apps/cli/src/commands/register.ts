import { on } from 'node:events'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import {
  RefusedError,
  type RegistrationState,
  type RegistrationStatus,
  type Rendezvous
} from '@rendezvous-cluster/client'
import { ExitCode } from '@rendezvous-cluster/front'
import { ResponseStatus } from '@rendezvous-cluster/rendezvous'
import { DIALECTS, type DialectName } from '@rendezvous-cluster/wire'
import { Command, Option } from 'commander'
import {
  addClientOptions,
  type ClientOptions,
  collectMultiaddrs,
  toCount
} from '../client-options.ts'
import { createRendezvousNode } from '../peer-node.ts'
import { reportFailure } from '../report-failure.ts'
import { unlessInterrupted } from '../until-interrupted.ts'

interface RegisterOptions extends ClientOptions {
  ttl?: number
  address?: Multiaddr[]
  once?: boolean
}

const TTL_DEFAULT = `the point's, as a rule ${Object.values(DIALECTS)
  .map(({ name, rules }) => `${rules.ttlSeconds.default} with ${name}`)
  .join(', ')}`

/** `rendezvous register`: be found in a namespace, until interrupted or once. */
export function registerCommand(): Command {
  const command = new Command('register').description(
    'Register under a namespace and refresh at half the lifetime until interrupted.'
  )

  return addClientOptions(command)
    .addOption(
      new Option('--ttl <seconds>', `lifetime to ask for (default: ${TTL_DEFAULT})`).argParser(
        toCount
      )
    )
    .addOption(
      new Option(
        '--address <multiaddr>',
        'address to be found at; repeatable (default: those this command listens on)'
      ).argParser(collectMultiaddrs)
    )
    .addOption(new Option('--once', 'register once and end'))
    .action(async (options: RegisterOptions) => {
      try {
        await unlessInterrupted((signal) => register(options, signal))
      } catch (error) {
        reportFailure(error, options.json)
      }
    })
}

async function register(options: RegisterOptions, signal: AbortSignal): Promise<void> {
  const { address, once = false } = options
  const node = await createRendezvousNode(options, {
    // Without addresses of its own to announce, it takes what it can be reached at.
    listen: address == null ? ['/ip4/0.0.0.0/tcp/0'] : [],
    addresses: address == null ? undefined : () => address,
    unregisterOnStop: !once
  })
  const { rendezvous } = node.services

  try {
    for await (const state of registrationStates(rendezvous, options, signal)) {
      report(state, node.peerId, options)

      if (once) {
        return
      }
    }
  } finally {
    await node.stop()
  }
}

/**
 * Registers, and tells of each answer, until the signal. A first failure is final, a later one is
 * retried.
 *
 * @throws what it failed with, or the signal's reason, before it was registered
 */
async function* registrationStates(
  rendezvous: Rendezvous,
  { namespace, ttl, protocol }: RegisterOptions,
  signal: AbortSignal
): AsyncGenerator<RegistrationState> {
  const changes = on(rendezvous, 'registration:change', { signal })
  let isRegistered = false

  rendezvous.keepRegistered(namespace.bytes, { ttlSeconds: ttl, requireTtl: true })

  try {
    for await (const [change] of changes) {
      const { state } = (change as CustomEvent<RegistrationStatus>).detail

      if (!isRegistered && state.status !== 'active') {
        throw failureOf(state, protocol)
      }

      isRegistered = true
      yield state
    }
  } catch (error) {
    if (!isRegistered || !signal.aborted) {
      throw error
    }
  }
}

function report(
  state: RegistrationState,
  peerId: PeerId,
  { json, protocol }: RegisterOptions
): void {
  if (state.status !== 'active') {
    reportFailure(failureOf(state, protocol), json)

    return
  }

  const { ttlSeconds, multiaddrs, point } = state

  process.exitCode = ExitCode.OK

  if (json) {
    const registered = { peerId: peerId.toString(), multiaddrs, ttlSeconds, point }

    process.stdout.write(`${JSON.stringify(registered)}\n`)
  } else {
    process.stdout.write(`registered ${peerId.toString()} for ${ttlSeconds} s at ${point}\n`)
  }
}

function failureOf(
  state: Exclude<RegistrationState, { status: 'active' }>,
  protocol: DialectName
): Error {
  switch (state.status) {
    case 'failing':
      return withBounds(state.error, protocol)
    case 'pending':
      return new Error(`not registered: ${state.reason}`)
    case 'registering':
      return new Error('not registered yet')
  }
}

/** Says of a lifetime that was refused which ones are not. */
function withBounds(error: Error, protocol: DialectName): Error {
  if (!(error instanceof RefusedError) || error.status !== ResponseStatus.E_INVALID_TTL) {
    return error
  }

  const { min, max } = DIALECTS[protocol].rules.ttlSeconds
  const others = protocol === 'libp2p' ? ', and in Rust 7200 at least' : ''

  return new RefusedError(
    error.status,
    `${error.message}: a point takes ${min} to ${max} seconds with --protocol ${protocol} ` +
      `unless it is set otherwise${others}`
  )
}
