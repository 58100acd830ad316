import type { NamespacePolicy } from '@rendezvous-cluster/rendezvous'
import { ADDRESS_CHECKS } from './address-checks.ts'
import type { RuleValues } from './rule-table.ts'

/** Where the values of a rule turn into what counts for a namespace; a new key ends here. */
export function policyOfRule(values: RuleValues): NamespacePolicy {
  const peerIds = values['peer-ids']

  return Object.freeze({
    isDenied: values.access === 'deny',
    mayRegister: peerIds == null ? undefined : oneOf(peerIds),
    takesAddresses: ADDRESS_CHECKS[values.addresses ?? 'any'],
    ttlSeconds: {
      min: values['min-ttl'],
      default: values['default-ttl'],
      max: values['max-ttl']
    },
    registrationsMax: values['max-registrations'],
    isListed: values.listed
  })
}

function oneOf(peerIds: readonly Uint8Array[]): (peerId: Uint8Array) => boolean {
  const keys = new Set(peerIds.map(keyOf))

  return (peerId) => keys.has(keyOf(peerId))
}

function keyOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}
