import type protobuf from 'protobufjs'
import { DifferenceError, describeValue } from '../target.ts'
import { DIFFERENCE_RULES, type DifferenceRule } from './difference-rules.ts'
import { rewriteMessage } from './rewrite-message.ts'

/** Two readers of one type of message. Each returns `undefined` for what it refuses. */
export interface ComparedReaders {
  type: protobuf.Type
  ours: (message: Uint8Array) => unknown
  theirs: (message: Uint8Array) => unknown
  /** Rules for these readers only, besides those for all. */
  rules?: readonly DifferenceRule[]
}

/**
 * Reads a message in both ways.
 *
 * @returns names of the rules by which they differ: one if one is enough, else all that apply
 * @throws DifferenceError where they do not agree, and no rule says why
 */
export function compareReaders(message: Uint8Array, readers: ComparedReaders): string[] {
  if (agree(message, readers, [])) {
    return []
  }

  const applying = [...DIFFERENCE_RULES, ...(readers.rules ?? [])].filter(
    (rule) => Buffer.compare(rewriteMessage(message, readers.type, rule), message) !== 0
  )
  const enough = [...applying.map((rule) => [rule]), applying].find((rules) =>
    agree(message, readers, rules)
  )

  if (enough == null) {
    throw new DifferenceError(
      `ours: ${describeRead(readers.ours(message))}, theirs: ${describeRead(readers.theirs(message))}`
    )
  }

  return enough.map(({ name }) => name)
}

function agree(
  message: Uint8Array,
  { type, ours, theirs }: ComparedReaders,
  rules: readonly DifferenceRule[]
): boolean {
  const writtenFor = (reader: DifferenceRule['rewritesFor']): Uint8Array =>
    rules
      .filter(({ rewritesFor }) => rewritesFor === reader)
      .reduce((written, rule) => rewriteMessage(written, type, rule), message)

  return describeRead(ours(writtenFor('ours'))) === describeRead(theirs(writtenFor('theirs')))
}

function describeRead(value: unknown): string {
  return value === undefined ? 'refused' : describeValue(value)
}
