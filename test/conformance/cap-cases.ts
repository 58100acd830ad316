import assert from 'node:assert/strict'
import type { CasePeer } from './case-peer.ts'
import type { CaseStream } from './case-stream.ts'
import type { ConformanceCase } from './conformance-case.ts'
import {
  expectCount,
  expectStatus,
  expectText,
  headOfAll,
  namespacesOf,
  readPages
} from './expectations.ts'
import { ALL, PAGED } from './protocols.ts'
import { paddedTo } from './records.ts'
import { registerFrame } from './requests.ts'

/** Namespaces that one peer may be registered in. */
const CAP = 1000

/** Requests sent ahead of their answers. */
const BATCH = 50

const RESPONSE_FRAME_BYTES_MAX = 1024 * 1024

/** What takes hundreds of registrations of one peer. */
export const CAP_CASES: readonly ConformanceCase[] = [
  {
    name: 'a peer registers in 1000 namespaces, in no more, and refreshes at the cap',
    protocols: ALL,
    source: 'go TestSVCErrors; nim errors; decision of 1000 then 200',
    isHeavy: true,
    async run({ peer, namespace }) {
      const one = await peer()
      const names = await fill(one, CAP, namespace)
      const beyond = await one.register({ namespace: namespace() })

      expectStatus(beyond, 200)
      expectText(beyond, 'too many registrations')
      await one.registered({ namespace: names[0] })
      await one.registered({ namespace: names.at(-1) })
    }
  },
  {
    name: 'two REGISTERs in one write with one place left: the second is refused',
    protocols: ALL,
    source: 'js dos-attack-protection.spec',
    isHeavy: true,
    async run({ peer, namespace }) {
      const one = await peer()
      const record = await one.record()

      await fill(one, CAP - 1, namespace)

      const [first, second] = [namespace(), namespace()]
      const stream = await one.open()

      stream.send(
        registerFrame({ namespace: first, record }),
        registerFrame({ namespace: second, record })
      )
      expectStatus(await stream.answer('register'), 0)
      expectStatus(await stream.answer('register'), 200)
      expectCount(await one.registrations(first), 1)
      expectCount(await one.registrations(second), 0)
    }
  },
  {
    name: 'UNREGISTER makes room at the cap at once: of one namespace, and of all',
    protocols: PAGED,
    source: 'decision 16',
    isHeavy: true,
    async run({ peer, namespace }) {
      const one = await peer()
      const names = await fill(one, CAP, namespace)

      await one.unregister({ namespace: names[0] })
      await one.registered({ namespace: namespace() })
      expectStatus(await one.register({ namespace: namespace() }), 200)

      await one.unregister({})
      await fill(one, 3, namespace)
    }
  },
  {
    name: 'answers stay below 1 MiB, and pages of big records show each of them once',
    protocols: PAGED,
    source: 'peers 0.7: Rust peers read no more; decisions 3 and 14',
    isHeavy: true,
    async run({ peer, namespace, point }) {
      const one = await peer()
      const cookie = await headOfAll(one)
      const record = paddedTo(await one.record(), 4096)
      const names = await fill(one, 300, namespace, record)
      const { pages, frameBytesMax } = await readPages(one, { cookie })
      const found = pages.flat().filter(({ namespace }) => point.isOwn(namespace))
      const wanted = new Set(names.map((name) => new TextDecoder().decode(name)))

      assert.ok(frameBytesMax <= RESPONSE_FRAME_BYTES_MAX, `an answer of ${frameBytesMax} bytes`)
      assert.ok(pages.length >= 2, 'all in one answer')
      assert.deepEqual(
        namespacesOf(found).filter((name) => wanted.has(name)),
        [...wanted].toSorted()
      )
    }
  }
]

/** Registers a peer in so many new namespaces, a batch at a time on one stream. */
async function fill(
  one: CasePeer,
  count: number,
  namespace: () => Uint8Array,
  envelope?: Uint8Array
): Promise<Uint8Array[]> {
  const record = envelope ?? (await one.record())
  const names = Array.from({ length: count }, () => namespace())
  const stream = await one.open()

  for (let start = 0; start < count; start += BATCH) {
    await sendBatch(
      stream,
      names.slice(start, start + BATCH).map((name) => registerFrame({ namespace: name, record }))
    )
  }

  await stream.closeWrite()

  return names
}

async function sendBatch(stream: CaseStream, frames: readonly Uint8Array[]): Promise<void> {
  stream.send(...frames)

  for (const _ of frames) {
    expectStatus(await stream.answer('register'), 0)
  }
}
