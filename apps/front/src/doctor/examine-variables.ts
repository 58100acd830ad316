import { unknownVariables } from '../config/unknown-variables.ts'
import { type Finding, findingsOf } from './finding.ts'

const finding = findingsOf('settings')

/** Variables that a start would not read, though they look like settings. */
export function examineVariables(env: Readonly<Record<string, string | undefined>>): Finding[] {
  return unknownVariables(env).map((name) =>
    finding('warning', `${name} is no setting`, 'compare it with `rendezvous serve --help`')
  )
}
