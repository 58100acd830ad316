import { type Manifest, titleOf } from '../manifests.ts'

const SECRET_NAME = /passw|secret|token|credential|(^|[^a-z])(seed|private_?key)$/i
const URL_WITH_PASSWORD = /[a-z]:\/\/[^/\s]*:[^/\s]*@/i
const RANDOM_TEXT = /^[a-z0-9+/_-]{32,}={0,2}$/i

/** Secrets in the open: whoever reads the manifests would have them. */
export function secretProblems(manifests: readonly Manifest[]): string[] {
  return manifests.flatMap((manifest) =>
    [
      ...((manifest.kind as string) === 'Secret' ? ['is a Secret'] : []),
      ...[...namedTexts('', manifest)]
        .filter(([name, text]) => isSecret(name, text))
        .map(([name]) => `${name} shows a secret`)
    ].map((problem) => `${titleOf(manifest)}: ${problem}`)
  )
}

function isSecret(name: string, text: string): boolean {
  // What is named after a secret may say where it is.
  const isPlace = text === '' || text.startsWith('/') || /^(secret)?names?$/i.test(name)

  return (
    URL_WITH_PASSWORD.test(text) || (!isPlace && (SECRET_NAME.test(name) || RANDOM_TEXT.test(text)))
  )
}

/** Every text with its name: its key, or the name that stands beside a `value`. */
function* namedTexts(name: string, value: unknown): Generator<[name: string, text: string]> {
  if (typeof value === 'string') {
    yield [name, value]
  } else if (Array.isArray(value)) {
    for (const item of value) {
      yield* namedTexts(name, item)
    }
  } else if (value != null && typeof value === 'object') {
    const { name: own } = value as { name?: unknown }

    for (const [key, child] of Object.entries(value)) {
      yield* namedTexts(key === 'value' && typeof own === 'string' ? own : key, child)
    }
  }
}
