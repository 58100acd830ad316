import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Connection, PrivateKey } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import type { Multiaddr } from '@multiformats/multiaddr'
import { PointClient, RefusedError } from '@rendezvous-cluster/client'
import { Namespace } from '@rendezvous-cluster/rendezvous'
import { type ClientDialect, DIALECTS } from '@rendezvous-cluster/wire'
import { PROTOCOLS } from '../conformance/protocols.ts'
import { createHostileHost, type HostileHost } from '../withstand/attacks/hostile-host.ts'
import { type Pace, paceOf } from '../withstand/attacks/pace.ts'
import { Tally } from '../withstand/attacks/tally.ts'
import { FORGERIES, FORGERY_KINDS, type Forgery, type ForgeryMaterial } from './forgeries.ts'
import { EnvelopeReader } from './read-envelope.ts'

/** Most forged requests of one forger. */
const FORGERIES_PER_SECOND = 4

/** Between two looks at whom there is to rob, in requests. */
const REQUESTS_PER_THEFT = 5

/** What is asked for at a time. */
const LOOT_LIMIT = 20

/** The kinds of record that both dialects hold are the same, so what gets in by one is seen in both. */
const DIALECT_NAMES = ['waku', 'libp2p'] as const

const UNREGISTER = 'UNREGISTER of somebody else'

export interface ForgerInit {
  point: Multiaddr
  localAddress: string
  /** Where honest peers are found. */
  namespaces: readonly string[]
  /** After so long without an answer or an end a request is unanswered, in milliseconds. */
  answerMs: number
}

/** How forged requests ended, by their kind: `refused`, `granted`, `closed`, `unanswered`, `sent`. */
export type ForgeryTallies = Record<string, Readonly<Record<string, number>>>

/** A peer that registers what it has no right to, one kind after the other, for ever. */
export class Forger {
  readonly #init: ForgerInit
  readonly #tallies = new Map<string, Tally>()
  readonly #reader = new EnvelopeReader()
  readonly #pace: Pace = paceOf(FORGERIES_PER_SECOND)

  constructor(init: ForgerInit) {
    this.#init = init
  }

  get tallies(): ForgeryTallies {
    return Object.fromEntries([...this.#tallies].map(([kind, { counts }]) => [kind, counts]))
  }

  async run(): Promise<never> {
    const host = await createHostileHost(this.#init.point, this.#init.localAddress)
    const stranger = await generateKeyPair('Ed25519')

    for (;;) {
      await this.#pace()
      // The node may be gone: it is looked for again.
      await this.#forgeOverOne(host, stranger).catch(() => {})
    }
  }

  async #forgeOverOne(host: HostileHost, stranger: PrivateKey): Promise<void> {
    const connection = await host.connect()
    let stolen: ForgeryMaterial['stolen'] | undefined

    for (let count = 0; connection.status === 'open'; count++) {
      await this.#pace()

      const name = DIALECT_NAMES[count % DIALECT_NAMES.length] as (typeof DIALECT_NAMES)[number]
      const dialect = DIALECTS[name]

      if (stolen == null || count % REQUESTS_PER_THEFT === 0) {
        stolen = (await this.#steal(connection)) ?? stolen
      }

      if (stolen == null) {
        continue
      }

      const index = Math.floor(count / DIALECT_NAMES.length) % (FORGERY_KINDS.length + 1)
      const kind = FORGERY_KINDS[index]

      if (kind == null) {
        await this.#unregister(connection, stolen.peerId)
      } else {
        const material = {
          forger: host.privateKey,
          stranger,
          stolen,
          protocol: PROTOCOLS[name]
        }

        this.#add(kind, await this.#register(connection, dialect, await FORGERIES[kind](material)))
      }
    }
  }

  /** Somebody's record, where there is any. */
  async #steal(connection: Connection): Promise<ForgeryMaterial['stolen'] | undefined> {
    const { registrations } = await clientOf(connection, DIALECTS.waku).readPage(
      { namespace: this.#anyNamespace(), limit: LOOT_LIMIT },
      { signal: AbortSignal.timeout(this.#init.answerMs) }
    )
    const envelope = registrations.at(0)?.signedPeerRecord
    const read = envelope == null ? undefined : await this.#reader.read(envelope)

    return envelope == null || read == null
      ? undefined
      : { envelope, peerId: peerIdFromString(read.peer).toMultihash().bytes }
  }

  async #register(
    connection: Connection,
    dialect: ClientDialect,
    { record, ttlSeconds }: Forgery
  ): Promise<string> {
    const signal = AbortSignal.timeout(this.#init.answerMs)
    const registration = { namespace: this.#anyNamespace(), signedPeerRecord: record, ttlSeconds }

    try {
      await clientOf(connection, dialect).register(registration, { signal })

      return 'granted'
    } catch (error) {
      if (error instanceof RefusedError) {
        return 'refused'
      }

      return signal.aborted ? 'unanswered' : 'closed'
    }
  }

  /** Has no answer: whether it has done anything is seen by those who look for its victim. */
  async #unregister(connection: Connection, peerId: Uint8Array): Promise<void> {
    const { libp2p } = DIALECTS
    const stream = await connection.newStream(libp2p.protocol)
    const namespace = this.#anyNamespace().bytes

    stream.send(libp2p.encodeRequest({ type: 'unregister', namespace, peerId }))
    await stream.close()
    this.#add(UNREGISTER, 'sent')
  }

  #anyNamespace(): Namespace {
    const { namespaces } = this.#init

    return Namespace.fromText(namespaces[Math.floor(Math.random() * namespaces.length)] as string)
  }

  #add(kind: string, outcome: string): void {
    const tally = this.#tallies.get(kind) ?? new Tally()

    this.#tallies.set(kind, tally)
    tally.add(outcome)
  }
}

function clientOf(connection: Connection, dialect: ClientDialect): PointClient {
  return new PointClient({
    dialect,
    openStream: (options) => connection.newStream(dialect.protocol, options)
  })
}
