import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import type { Libp2p, PrivateKey } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { afterEach, beforeEach, expect } from 'vitest'
import type { Rendezvous, RendezvousClientInit } from '../src/rendezvous.ts'
import { rendezvousClient } from '../src/rendezvous-client.ts'

/** A node as an application makes it, with the client as a service. */
export type ClientNode = Libp2p<{ rendezvous: Rendezvous }>

export interface ClientNodeInit extends RendezvousClientInit {
  privateKey?: PrivateKey
}

/** It listens nowhere and says it can be reached at a documentation address. */
export function startClient({ privateKey, ...init }: ClientNodeInit): Promise<ClientNode> {
  return createLibp2p({
    privateKey,
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    services: {
      rendezvous: rendezvousClient({
        addresses: () => [multiaddr('/ip4/192.0.2.1/tcp/4001')],
        learnCluster: false,
        ...init
      })
    }
  })
}

/** A spec fails for whatever goes wrong where nobody waits for it. */
export function failOnBackgroundErrors(): void {
  const errors: unknown[] = []
  const onError = (error: unknown): void => {
    errors.push(error)
  }

  beforeEach(() => {
    errors.length = 0
    process.on('unhandledRejection', onError)
    process.on('uncaughtException', onError)
  })

  afterEach(async () => {
    // Rejections are told of once the microtasks have run.
    await new Promise(setImmediate)
    process.off('unhandledRejection', onError)
    process.off('uncaughtException', onError)
    expect(errors).toEqual([])
  })
}
