import { resolve } from 'node:path'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import type { Libp2p, PrivateKey } from '@libp2p/interface'
import { type Ping, ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import {
  type Rendezvous,
  type RendezvousClientInit,
  rendezvousClient
} from '@rendezvous-cluster/client'
import { nativeSignatures, readKeyFile } from '@rendezvous-cluster/front'
import { createLibp2p } from 'libp2p'
import { callerFolder } from './caller-folder.ts'
import type { ClientOptions } from './client-options.ts'

export interface PeerNodeInit {
  /** Default: a new key. */
  privateKey?: PrivateKey
  /** Multiaddrs to listen on; default none. */
  listen?: string[]
}

export interface RendezvousNodeInit
  extends Pick<PeerNodeInit, 'listen'>,
    Pick<RendezvousClientInit, 'addresses' | 'unregisterOnStop'> {}

/** A libp2p node that knows nothing of rendezvous. */
export async function createPeerNode(init: PeerNodeInit): Promise<Libp2p> {
  return createLibp2p({ ...inCommon(init), services: { identify: identifyWhenAsked() } })
}

/** The same, for asking others whether they are there. */
export async function createPingNode(): Promise<Libp2p<{ ping: Ping }>> {
  return createLibp2p({
    ...inCommon({}),
    services: { identify: identifyWhenAsked(), ping: ping() }
  })
}

/** A libp2p node for the time of one command, with a client of the points that the command names. */
export async function createRendezvousNode(
  { point: points, protocol, keyFile, timeout: timeoutMs }: ClientOptions,
  { listen, ...init }: RendezvousNodeInit = {}
): Promise<Libp2p<{ rendezvous: Rendezvous }>> {
  const privateKey =
    keyFile == null ? undefined : await readKeyFile(resolve(callerFolder(), keyFile))
  const { verify } = await nativeSignatures()

  return createLibp2p({
    ...inCommon({ privateKey, listen }),
    services: {
      identify: identifyWhenAsked(),
      rendezvous: rendezvousClient({
        ...init,
        points,
        pointOrder: 'given',
        dialects: [protocol],
        // Only the points that it names: whoever calls a command wants to know about these.
        learnCluster: false,
        timeoutMs,
        verifySignature: verify
      })
    }
  })
}

function inCommon({ privateKey, listen = [] }: PeerNodeInit) {
  return {
    privateKey,
    addresses: { listen },
    transports: [tcp(), webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false }
  }
}

function identifyWhenAsked(): ReturnType<typeof identify> {
  return identify({ runOnConnectionOpen: false })
}
