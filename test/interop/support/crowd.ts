import {
  type GoFlags,
  type GoPeer,
  type GoSubcommand,
  isDiscoverResponse,
  isFailed,
  isRegisterResponse
} from './go-peer.ts'

export interface CrowdInit {
  /** Starts the Go peer; whoever gives it also ends what it started. */
  goPeer(subcommand: GoSubcommand, flags: GoFlags): GoPeer
  /** Multiaddr of the server to register at. */
  registerAt: string
  /** Multiaddr of the server to ask; may be the same. */
  discoverAt: string
  namespace: string
  registrants: number
  /** Each registrant registers again so often, in milliseconds. */
  refreshMs: number
  /** Largest number of records in one answer. */
  limit: number
  answers: number
}

export interface CrowdFigures {
  registrants: number
  answers: number
  limit: number
  /** Distinct registrants with a valid record, per answer. */
  recordsPerAnswer: { least: number; mean: number; most: number }
  /** Records that do not verify, come twice in an answer or are of nobody in the crowd. */
  badRecords: number
  /** Distinct registrants over all answers. */
  peersSeen: number
  registerSeconds: number
  discoverSeconds: number
}

/** Registers a crowd of Ed25519 peers, then asks for some of them again and again. */
export async function drawFromCrowd(init: CrowdInit): Promise<CrowdFigures> {
  const { namespace, limit, answers } = init
  const startedAtMs = performance.now()
  const crowd = await gather(init)
  const gatheredAtMs = performance.now()
  const flags = { point: init.discoverAt, namespace, limit, count: answers }
  const lines = await init.goPeer('discover', flags).done()
  const seen = new Set<string>()
  const sizes: number[] = []
  let badRecords = 0

  for (const { status, statusText, registrations } of lines.filter(isDiscoverResponse)) {
    if (status !== 0) {
      throw new Error(`DISCOVER was refused: ${status} ${statusText}`)
    }

    const valid = registrations.filter((record) => record.valid && crowd.has(record.peerId))
    const peers = new Set(valid.map(({ peerId }) => peerId))

    badRecords += registrations.length - peers.size
    sizes.push(peers.size)
    peers.forEach((peer) => void seen.add(peer))
  }

  return {
    registrants: crowd.size,
    answers: sizes.length,
    limit,
    recordsPerAnswer: {
      least: Math.min(...sizes),
      mean: sizes.reduce((sum, size) => sum + size, 0) / sizes.length,
      most: Math.max(...sizes)
    },
    badRecords,
    peersSeen: seen.size,
    registerSeconds: (gatheredAtMs - startedAtMs) / 1000,
    discoverSeconds: (performance.now() - gatheredAtMs) / 1000
  }
}

/** @returns the peer ids of all registrants, who go on refreshing until they are ended */
async function gather(init: CrowdInit): Promise<Set<string>> {
  const { registerAt, namespace, registrants, refreshMs } = init
  const flags = { count: registrants, keep: true, 'refresh-ms': refreshMs } as const
  const crowd = new Set<string>()

  const goPeer = init.goPeer('register', { point: registerAt, namespace, ...flags })

  for await (const line of goPeer) {
    if (isFailed(line)) {
      throw new Error(`a refresh failed: ${line.message}`)
    }

    if (isRegisterResponse(line)) {
      if (line.status !== 0) {
        throw new Error(`REGISTER was refused: ${line.status} ${line.statusText}`)
      }

      crowd.add(line.peerId)
    }

    if (crowd.size === registrants) {
      return crowd
    }
  }

  await goPeer.done()
  throw new Error(`only ${crowd.size} of ${registrants} registered`)
}

export function describeFigures(figures: CrowdFigures): string {
  const { recordsPerAnswer: records } = figures

  return [
    `${figures.registrants} registered in ${figures.registerSeconds.toFixed(1)} s`,
    `${figures.answers} answers to DISCOVER with limit ${figures.limit} ` +
      `in ${figures.discoverSeconds.toFixed(1)} s`,
    `distinct peers per answer: ${records.least} to ${records.most}, ` +
      `on average ${records.mean.toFixed(1)}`,
    `distinct peers over all answers: ${figures.peersSeen}`,
    `bad records: ${figures.badRecords}`
  ].join('\n')
}
