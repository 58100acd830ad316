import assert, { AssertionError } from 'node:assert/strict'
import type { Answer, FoundRegistration } from './answers.ts'
import type { CasePeer } from './case-peer.ts'
import { SkippedError } from './skipped-error.ts'

/** Pages over all namespaces that are read to come to the end of what others have registered. */
const PAGES_MAX = 200

const E_NOT_AUTHORIZED = 200

/** @throws AssertionError that tells the status and text there were */
export function expectStatus({ status, statusText }: Answer, expected: number): void {
  if (status !== expected) {
    throw new AssertionError({
      message: `expected status ${expected}, it was ${status} ${statusText}`
    })
  }
}

export function expectText({ statusText }: Answer, expected: string): void {
  assert.equal(statusText, expected, `expected "${expected}", it was "${statusText}"`)
}

export function expectCount(found: readonly unknown[], expected: number): void {
  if (found.length !== expected) {
    throw new AssertionError({
      message: `expected ${expected} registrations, found ${found.length}`
    })
  }
}

/** @param actual - in seconds; `undefined` for one that was left out */
export function expectTtl(actual: bigint | number | undefined, expected: bigint | number): void {
  if (actual == null || BigInt(actual) !== BigInt(expected)) {
    throw new AssertionError({ message: `expected a TTL of ${expected} s, it was ${actual}` })
  }
}

/** Expects registrations with exactly these records, in any order. */
export function expectRecords(
  found: readonly FoundRegistration[],
  ...records: readonly Uint8Array[]
): void {
  const actual = found.map(({ record }) => hex(record)).toSorted()
  const expected = records.map(hex).toSorted()

  expectCount(found, records.length)

  if (String(actual) !== String(expected)) {
    throw new AssertionError({ message: 'other records than the ones registered' })
  }
}

/** Where they are registered, for comparing. */
export function namespacesOf(found: readonly FoundRegistration[]): string[] {
  return found.map(({ namespace }) => new TextDecoder().decode(namespace)).toSorted()
}

export function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? new Uint8Array()).toString('hex')
}

/** Reads page after page to the empty one. */
export async function readPages(
  reader: CasePeer,
  query: { namespace?: Uint8Array; limit?: number; cookie?: Uint8Array }
): Promise<{ pages: FoundRegistration[][]; cookie?: Uint8Array; frameBytesMax: number }> {
  const pages: FoundRegistration[][] = []
  let { cookie } = query
  let frameBytesMax = 0

  for (;;) {
    const answer = await reader.found({ ...query, cookie })

    cookie = answer.cookie
    frameBytesMax = Math.max(frameBytesMax, answer.frameBytes)

    if (answer.registrations.length === 0) {
      return { pages, cookie, frameBytesMax }
    }

    pages.push(answer.registrations)

    if (pages.length > PAGES_MAX) {
      throw new SkippedError(`more than ${PAGES_MAX} pages to read`)
    }
  }
}

/**
 * The cookie behind everything that is registered in all namespaces.
 *
 * @throws SkippedError where the point does not tell of all namespaces
 */
export async function headOfAll(reader: CasePeer): Promise<Uint8Array | undefined> {
  const { status } = await reader.discover({ limit: 1 })

  if (status === E_NOT_AUTHORIZED) {
    throw new SkippedError('the point does not show all namespaces')
  }

  return (await readPages(reader, {})).cookie
}
