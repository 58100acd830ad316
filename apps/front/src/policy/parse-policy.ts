import { type Document, LineCounter, type ParsedNode, parseDocument, type YAMLError } from 'yaml'
import type { PolicyInit } from './policy.ts'
import { PolicyError } from './policy-error.ts'
import { PolicyProblems, printable } from './policy-problems.ts'
import { readPolicy } from './read-policy.ts'

/** Largest policy file: 10,000 rules of usual length. */
export const POLICY_BYTES_MAX = 2 ** 20

/** Characters YAML has no place for outside of escapes; they tell a binary or damaged file. */
const UNPRINTABLE = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]|\r(?!\n)/gu

/** Syntax errors that people can be told more of than the parser does. */
const SYNTAX_PROBLEMS: Partial<Record<YAMLError['code'], string>> = {
  BAD_ALIAS: 'a name of an alias is missing; put text that starts with & or * in quotes',
  BAD_DQ_ESCAPE: 'an escape that YAML does not know; use single quotes, or none',
  MULTIPLE_DOCS: 'a second document starts; give one, without a second ---',
  TAB_AS_INDENT: 'a tab indents the line; indent with spaces'
}

/**
 * Reads what a policy file says from its text. Takes up to half a second for the largest sound one,
 * and seconds for one that is damaged in the worst way.
 *
 * @param name - of the file, for messages
 * @throws PolicyError naming every problem at once: `name:line:column: what; what is allowed`
 */
export function parsePolicy(text: string, name: string): PolicyInit {
  assertPolicySize(Buffer.byteLength(text), name)

  // A byte order mark is no character of the first line.
  const source = text.replace(/^\ufeff/, '')
  const lineCounter = new LineCounter()
  const problems = new PolicyProblems(name, lineCounter)
  const document = parseDocument(source, {
    lineCounter,
    prettyErrors: false,
    // Directives and tags choose among these otherwise.
    schema: 'core',
    resolveKnownTags: false,
    // The library compares each key with each, a minute for 1 MiB. They are checked when read.
    uniqueKeys: false
  })

  // Each step stands on the one before: past an error its problems would mislead.
  findUnprintable(source, problems)
  problems.throwIfAny()
  findSyntaxErrors(document, problems)
  problems.throwIfAny()

  const policy = readPolicy(document.contents, problems)

  problems.throwIfAny()

  return policy
}

/** @throws PolicyError when a file is too large to be a policy */
export function assertPolicySize(bytes: number, name: string): void {
  if (bytes > POLICY_BYTES_MAX) {
    throw new PolicyError([`${name}: has ${bytes} bytes; at most ${POLICY_BYTES_MAX} are allowed`])
  }
}

function findUnprintable(source: string, problems: PolicyProblems): void {
  for (const { 0: character, index } of source.matchAll(UNPRINTABLE)) {
    problems.add(index, `${printable(character)} is not printable; give an escape in double quotes`)
  }
}

function findSyntaxErrors(document: Document.Parsed<ParsedNode>, problems: PolicyProblems): void {
  const { contents, errors, warnings } = document

  // The parser's stack ended, and with it each collection that was open: thousands of errors.
  if (errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) {
    problems.add(contents?.range[0] ?? 0, 'is nested too deeply; a policy has three levels')

    return
  }

  // Tags are refused where a node is read.
  const all = [...errors, ...warnings.filter(({ code }) => code !== 'TAG_RESOLVE_FAILED')]

  for (const { code, message, pos } of all) {
    const problem = SYNTAX_PROBLEMS[code] ?? `${printable(message)}; give valid YAML or JSON`

    problems.add(pos[0], problem)
  }
}
