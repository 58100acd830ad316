import {
  CAPS_DEFAULT,
  CapReachedError,
  ipPrefixOf,
  type PutOptions,
  type Registration,
  type RegistrationStore
} from '@rendezvous-cluster/rendezvous'
import { registrationOf } from '@rendezvous-cluster/stores/compliance'
import { patiently } from './patiently.ts'

/** Writes under way at a time. */
const CONCURRENT_WRITES = 20

/** Longer than any run, in seconds; what a run that is killed leaves in Redis ends then. */
const TTL_SECONDS = 3600

/** A cap that nobody comes to: prefixes are known, and nobody is refused. */
const UNREACHED = 100_000_000

export interface SimulationInit {
  honest: number
  honestPerPrefix: number
  /** IP prefixes that the attacker has. */
  prefixes: number
  /** Peer ids that it registers from each. */
  peersPerPrefix: number
  /** Registrations of a prefix, where they are capped. */
  cap: number
  /** Registrations that a DISCOVER asks for. */
  limit: number
  discovers: number
  /** Uniform in [0, 1). */
  random: () => number
}

/** What stands against the attacker. */
export interface Defence {
  isCapped: boolean
  isSpread: boolean
}

export const DEFENCES: readonly Defence[] = [
  { isCapped: false, isSpread: false },
  { isCapped: true, isSpread: false },
  { isCapped: false, isSpread: true },
  { isCapped: true, isSpread: true }
]

export interface SimulationResult extends Defence {
  prefixes: number
  /** Registrations that the attacker tried. */
  tried: number
  /** Of these, those that were accepted. */
  accepted: number
  /** Registrations of honest peers that the cap refused, too: several may share a prefix. */
  honestRefused: number
  /** Of the registrations of a DISCOVER, the attacker's: 0 to 1, on average and at most. */
  shareMean: number
  shareMax: number
  /** Of all DISCOVERs, those that showed nobody but the attacker: 0 to 1. */
  eclipsed: number
}

/**
 * Registers everybody in one namespace, in random order, and asks who is there. Removes what it has
 * registered.
 */
export async function runSimulation(
  store: RegistrationStore,
  init: SimulationInit,
  { isCapped, isSpread }: Defence
): Promise<SimulationResult> {
  const { honest, prefixes, peersPerPrefix, cap, limit, discovers } = init
  const perPrefix = isCapped ? cap : isSpread ? UNREACHED : undefined
  const accepted = await putAll(store, shuffled(populationOf(init), init.random), {
    caps: { ...CAPS_DEFAULT, perPrefix }
  })
  const namespace = registrationOf()
  const shares: number[] = []

  for (let discover = 0; discover < discovers; discover++) {
    const found = await patiently(() => store.sample(namespace, limit, { isSpread }))

    shares.push(found.filter(isOfAttacker).length / found.length)
  }

  await removeAll(store, accepted)

  const acceptedOfAttacker = accepted.filter(isOfAttacker).length

  return {
    isCapped,
    isSpread,
    prefixes,
    tried: prefixes * peersPerPrefix,
    accepted: acceptedOfAttacker,
    honestRefused: honest - (accepted.length - acceptedOfAttacker),
    shareMean: shares.reduce((sum, share) => sum + share, 0) / discovers,
    shareMax: shares.reduce((most, share) => Math.max(most, share), 0),
    eclipsed: shares.filter((share) => share === 1).length / discovers
  }
}

/** Honest peers, then the attacker's, whose prefixes come next. */
function populationOf(init: SimulationInit): Registration[] {
  const honestPrefixes = Math.ceil(init.honest / init.honestPerPrefix)
  const honest = Array.from({ length: init.honest }, (_, peer) =>
    registrationFrom(Math.floor(peer / init.honestPerPrefix), peer, HONEST)
  )
  const ofAttacker = Array.from({ length: init.prefixes * init.peersPerPrefix }, (_, peer) =>
    registrationFrom(honestPrefixes + (peer % init.prefixes), init.honest + peer, ATTACKER)
  )

  return [...honest, ...ofAttacker]
}

const HONEST = Uint8Array.of(0)
const ATTACKER = Uint8Array.of(1)

function registrationFrom(network: number, peer: number, record: Uint8Array): Registration {
  // The numbers of /24 networks, one after the other.
  const ip = Uint8Array.of(network >>> 16, network >>> 8, network, 1)

  return registrationOf({ peer, record, ttlSeconds: TTL_SECONDS, ipPrefix: ipPrefixOf(ip) })
}

function isOfAttacker({ record }: Pick<Registration, 'record'>): boolean {
  return record[0] === ATTACKER[0]
}

/** Puts all, and returns those that no cap refused. */
async function putAll(
  store: RegistrationStore,
  registrations: Registration[],
  options: PutOptions
): Promise<Registration[]> {
  const accepted: Registration[] = []

  await inSteps(registrations, async (registration) => {
    try {
      await patiently(() => store.put(registration, options))
      accepted.push(registration)
    } catch (error) {
      if (!(error instanceof CapReachedError)) {
        throw error
      }
    }
  })

  return accepted
}

async function removeAll(store: RegistrationStore, registrations: Registration[]): Promise<void> {
  await inSteps(registrations, (registration) => patiently(() => store.remove(registration)))
}

async function inSteps<T>(all: T[], run: (one: T) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < all.length; start += CONCURRENT_WRITES) {
    await Promise.all(all.slice(start, start + CONCURRENT_WRITES).map(run))
  }
}

function shuffled<T>(values: T[], random: () => number): T[] {
  const order = [...values]

  for (let index = order.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1))
    const value = order[index] as T

    order[index] = order[other] as T
    order[other] = value
  }

  return order
}
