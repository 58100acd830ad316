import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Libp2p, PrivateKey } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { sealPeerRecord } from '@rendezvous-cluster/client'
import { readKeyFile } from '@rendezvous-cluster/front'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { Command, Option } from 'commander'
import { callerFolder } from '../caller-folder.ts'
import {
  addClientOptions,
  type ClientOptions,
  collectMultiaddrs,
  toWholeNumber
} from '../client-options.ts'
import { askAnyPoint, createPeerNode } from '../peer-node.ts'
import { reportFailure } from '../report-failure.ts'

interface RegisterOptions extends ClientOptions {
  ttl?: number
  address?: Multiaddr[]
  once?: boolean
}

/** Shortest time to the next attempt after a failed one. */
const RETRY_MS_MIN = 1000

/** `rendezvous register`: be found in a namespace, until interrupted or once. */
export function registerCommand(): Command {
  const command = new Command('register').description(
    'Register under a namespace and refresh at half the lifetime until interrupted.'
  )

  return addClientOptions(command)
    .addOption(new Option('--ttl <seconds>', 'lifetime to ask for').argParser(toWholeNumber))
    .addOption(
      new Option(
        '--address <multiaddr>',
        'address to be found at; repeatable (default: those this command listens on)'
      ).argParser(collectMultiaddrs)
    )
    .addOption(new Option('--once', 'register once and end'))
    .action(async (options: RegisterOptions) => {
      try {
        await register(options)
      } catch (error) {
        reportFailure(error, options.json)
      }
    })
}

async function register(options: RegisterOptions): Promise<void> {
  const privateKey = await loadKey(options)
  // Without addresses of its own to announce, it takes what it can be reached at.
  const listen = options.address == null ? ['/ip4/0.0.0.0/tcp/0'] : []
  const node = await createPeerNode({ privateKey, listen })
  const interrupted = new AbortController()
  const interrupt = (): void => interrupted.abort()

  // Not only once: a terminal and a launcher may both send it.
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)

  try {
    if (options.once) {
      await registerOnce(node, privateKey, options, interrupted.signal)
    } else {
      await keepRegistered(node, privateKey, options, interrupted.signal)
    }
  } catch (error) {
    if (!interrupted.signal.aborted) {
      throw error
    }
  } finally {
    await node.stop()
  }
}

/** Refreshes until the signal is aborted. A first failure is final, a later one is retried. */
async function keepRegistered(
  node: Libp2p,
  privateKey: PrivateKey,
  options: RegisterOptions,
  signal: AbortSignal
): Promise<void> {
  let ttlSeconds = await registerOnce(node, privateKey, options, signal)
  let waitMs = refreshAfterMs(ttlSeconds)

  for (;;) {
    await delay(waitMs, undefined, { signal })

    try {
      ttlSeconds = await registerOnce(node, privateKey, options, signal)
      waitMs = refreshAfterMs(ttlSeconds)
    } catch (error) {
      signal.throwIfAborted()
      reportFailure(error, options.json)
      waitMs = Math.max(RETRY_MS_MIN, (ttlSeconds * 1000) / 10)
    }
  }
}

/** Half of the lifetime, so that one refresh may fail. */
function refreshAfterMs(ttlSeconds: number): number {
  return (ttlSeconds * 1000) / 2
}

/** @returns the granted lifetime in seconds */
async function registerOnce(
  node: Libp2p,
  privateKey: PrivateKey,
  options: RegisterOptions,
  signal: AbortSignal
): Promise<number> {
  const { point: points, protocol, namespace, timeout, json } = options
  const multiaddrs = options.address ?? node.getMultiaddrs().map(withoutPeerId)
  const kind = DIALECTS[protocol].rules.recordKind
  const signedPeerRecord = await sealPeerRecord(privateKey, multiaddrs, { kind })
  const { point, answer: ttlSeconds } = await askAnyPoint(
    { node, points, protocol, timeoutSeconds: timeout, signal },
    (client, request) =>
      client.register({ namespace, signedPeerRecord, ttlSeconds: options.ttl }, request)
  )
  const peerId = node.peerId.toString()

  process.exitCode = 0

  if (json) {
    const registered = {
      peerId,
      multiaddrs: multiaddrs.map(String),
      ttlSeconds,
      point: point.toString()
    }

    process.stdout.write(`${JSON.stringify(registered)}\n`)
  } else {
    process.stdout.write(`registered ${peerId} for ${ttlSeconds} s at ${point.toString()}\n`)
  }

  return ttlSeconds
}

async function loadKey({ keyFile }: RegisterOptions): Promise<PrivateKey> {
  return keyFile == null
    ? generateKeyPair('Ed25519')
    : readKeyFile(resolve(callerFolder(), keyFile))
}

/** Records name their peer once, not in every address. */
function withoutPeerId(address: Multiaddr): Multiaddr {
  return address.decapsulateCode(P2P_CODE)
}

/** Code of `/p2p`. @see https://github.com/multiformats/multiaddr/blob/master/protocols.csv */
const P2P_CODE = 421
