import { environmentName, OPTION_TABLE, type OptionName } from './option-table.ts'

const KNOWN = new Set([
  environmentName('config'),
  ...(Object.keys(OPTION_TABLE) as OptionName[]).map(environmentName),
  // Of docker-compose.yml and deploy/docker.
  'RENDEZVOUS_HOST',
  'RENDEZVOUS_IMAGE',
  'RENDEZVOUS_MEMORY_LIMIT',
  'RENDEZVOUS_POLICY_FOLDER',
  'RENDEZVOUS_REDIS_MAXMEMORY',
  'RENDEZVOUS_REDIS_NETWORK',
  'RENDEZVOUS_STOP_GRACE_PERIOD'
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
