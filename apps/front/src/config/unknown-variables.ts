import { environmentName, OPTION_TABLE, type OptionName } from './option-table.ts'

const KNOWN = new Set([
  environmentName('config'),
  ...(Object.keys(OPTION_TABLE) as OptionName[]).map(environmentName),
  // Of docker-compose.yml.
  'RENDEZVOUS_HOST',
  'RENDEZVOUS_IMAGE',
  'RENDEZVOUS_REDIS_NETWORK'
])

/** Of the tests, and what Kubernetes makes of a Service whose name begins with `rendezvous`. */
const FOREIGN = /^RENDEZVOUS_TEST_|_SERVICE_(HOST|PORT)|_PORT(_\d+_(TCP|UDP|SCTP).*)?$/

/** Names of variables that look like settings and are none, as one with a typing error does. */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(env).filter(
    (name) =>
      name.startsWith('RENDEZVOUS_') && env[name] !== '' && !KNOWN.has(name) && !FOREIGN.test(name)
  )
}
