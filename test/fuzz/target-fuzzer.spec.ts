import { DIALECTS, type Dialect } from '@rendezvous-cluster/wire'
import { describe, expect, it } from 'vitest'
import type { Finding } from './finding.ts'
import { mutateBytes } from './mutate/byte-mutations.ts'
import { splitMessage, WireType, wireField } from './mutate/wire-fields.ts'
import type { FuzzTarget } from './target.ts'
import { TargetFuzzer } from './target-fuzzer.ts'
import { requestTarget } from './targets/request-target.ts'
import type { CoverageProbe } from './v8-coverage/coverage-probe.ts'

const { libp2p } = DIALECTS

/** What most of the bugs below take is far less. */
const EXECUTIONS = 10_000

const plantedBugs: { what: string; decodeRequest: Dialect['decodeRequest'] }[] = [
  {
    what: 'a length beyond the end is taken for one up to it',
    decodeRequest: (frame) => libp2p.decodeRequest(withLengthsCut(frame))
  },
  {
    what: 'a limit has its sign',
    decodeRequest(frame) {
      const request = libp2p.decodeRequest(frame)

      return request.type === 'discover' && request.limit != null
        ? { ...request, limit: BigInt.asIntN(64, request.limit) }
        : request
    }
  },
  {
    what: 'an empty namespace is none',
    decodeRequest(frame) {
      const { namespace, ...request } = libp2p.decodeRequest(frame)

      return namespace?.byteLength === 0 ? request : { ...request, namespace }
    }
  },
  {
    what: 'a field of number zero is skipped',
    decodeRequest: (frame) =>
      libp2p.decodeRequest(frame[0] === 0 && (frame[1] ?? 0x80) < 0x80 ? frame.subarray(2) : frame)
  },
  {
    what: 'it throws something else',
    decodeRequest(frame) {
      if (frame.byteLength > 3 && frame[0] === 0x08 && (frame[1] ?? 0) > 0x7f) {
        throw new RangeError('planted')
      }

      return libp2p.decodeRequest(frame)
    }
  }
]

describe('a bug that is planted in a reader of requests is found', { timeout: 60_000 }, () => {
  it.each(plantedBugs)('$what', async ({ decodeRequest }) => {
    const findings = await findingsOf(requestTarget({ ...libp2p, decodeRequest }), EXECUTIONS)

    expect(findings[0]).toMatchObject({ target: 'libp2p-request' })
  })

  it('and nothing where there is none', async () => {
    expect(await findingsOf(requestTarget(libp2p), EXECUTIONS / 5)).toEqual([])
  })
})

describe('an input that takes long', () => {
  it('is found where it takes long each time', async () => {
    const findings = await findingsOf(slowTarget(Number.POSITIVE_INFINITY), 1)

    expect(findings[0]).toMatchObject({ kind: 'hang', target: 'slow' })
  })

  it('is none of its own fault where it did once', async () => {
    expect(await findingsOf(slowTarget(1), 1)).toEqual([])
  })
})

describe('inputs that lead somewhere new', () => {
  it('are kept, and more is made of them', async () => {
    const { target, probe, seen } = countedTarget()
    const fuzzer = new TargetFuzzer({ target, seed: 1, corpus: [], probe, onFinding: fail })

    for (let batch = 0; batch < 60; batch++) {
      await fuzzer.runBatch()
    }

    // Without that four bytes would take 2^32 draws.
    expect(Math.max(...seen)).toBe(4)
    expect(fuzzer.kept.length).toBeGreaterThanOrEqual(4)
  })

  it('are not kept twice, nor those of the corpus', async () => {
    const { target, probe, seen } = countedTarget()
    const corpus = [WORD]
    const fuzzer = new TargetFuzzer({ target, seed: 1, corpus, probe, onFinding: fail })

    for (let batch = 0; batch < 20; batch++) {
      await fuzzer.runBatch()
    }

    expect(fuzzer.kept.length).toBeGreaterThan(0)
    expect(fuzzer.kept.length).toBeLessThanOrEqual(seen.size - corpus.length)
  })
})

async function findingsOf(target: FuzzTarget, executions: number): Promise<Finding[]> {
  const findings: Finding[] = []
  const fuzzer = new TargetFuzzer({
    target,
    seed: 1,
    corpus: [],
    onFinding: (finding) => findings.push(finding)
  })

  while (findings.length === 0 && fuzzer.executions < executions) {
    await fuzzer.runBatch()
  }

  return findings
}

/** Of bytes that a mutation sets. */
const WORD = Uint8Array.of(0x12, 0x80, 0x7f, 0x0a)

/** What a reader makes of it that takes what there is. */
function withLengthsCut(frame: Uint8Array): Uint8Array {
  const { fields, rest } = splitMessage(frame)
  const [tag = 0] = rest

  return tag % 8 === WireType.LEN && tag > 8 && rest.byteLength > 2
    ? Buffer.concat([
        ...fields.map(({ bytes }) => bytes),
        wireField(tag >> 3, WireType.LEN, rest.subarray(2)).bytes
      ])
    : frame
}

/** Is busy for longer than it may be so many times, and quick from then on. */
function slowTarget(times: number): FuzzTarget {
  let left = times

  return {
    name: 'slow',
    slowMs: 20,
    inputBytesMax: 1,
    generate: (random) => random.bytes(1),
    mutate: mutateBytes,
    execute() {
      const before = process.threadCpuUsage()
      const busyUs = left-- > 0 ? 30_000 : 0

      while (process.threadCpuUsage(before).user < busyUs) {
        // Busy.
      }

      return []
    }
  }
}

/** Gets one step further for each byte of {@link WORD}, and has a probe that tells how far. */
function countedTarget(): { target: FuzzTarget; probe: CoverageProbe; seen: Set<number> } {
  const seen = new Set<number>()
  let reached = new Set<number>()

  const target: FuzzTarget = {
    name: 'word',
    slowMs: 1000,
    inputBytesMax: 4,
    generate: (random) => random.bytes(4),
    mutate: mutateBytes,
    execute(input) {
      const differs = WORD.findIndex((byte, at) => input[at] !== byte)
      const steps = differs === -1 ? WORD.byteLength : differs

      seen.add(steps)
      reached.add(steps)

      return []
    }
  }

  return {
    target,
    seen,
    probe: {
      async take() {
        const ranges = [...reached].map((at) => ({ startOffset: at, endOffset: at + 1, count: 1 }))

        reached = new Set()

        return [
          {
            scriptId: '1',
            url: 'word',
            functions: [{ functionName: '', isBlockCoverage: true, ranges }]
          }
        ]
      }
    }
  }
}

function fail({ message }: Finding): never {
  throw new Error(message)
}
