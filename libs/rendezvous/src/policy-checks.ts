import { NotAuthorizedError, PolicyRefusedError } from './errors.ts'
import type { NamespacePolicy } from './namespace-policy.ts'
import type { PeerSession } from './peer-session.ts'
import type { VerifiedPeerRecord } from './signed-peer-record/verify-peer-record.ts'

/** Everybody may read the cluster's own namespace, and nobody else adds to it. */
export const CLUSTER_POLICY: NamespacePolicy = { mayRegister: () => false, isListed: false }

/** @throws NotAuthorizedError in the cluster's own namespace, elsewhere PolicyRefusedError */
export function assertMayRegister(policy: NamespacePolicy, { peerId }: PeerSession): void {
  assertMayDiscover(policy)

  if (policy.mayRegister?.(peerId) === false) {
    throw policy === CLUSTER_POLICY ? new NotAuthorizedError() : new PolicyRefusedError('peer-id')
  }
}

/** @throws PolicyRefusedError */
export function assertMayDiscover({ isDenied }: NamespacePolicy): void {
  if (isDenied) {
    throw new PolicyRefusedError('access')
  }
}

/** @throws PolicyRefusedError */
export function assertTakesAddresses(
  { takesAddresses }: NamespacePolicy,
  { addresses }: VerifiedPeerRecord,
  session: PeerSession
): void {
  if (takesAddresses?.(addresses, session) === false) {
    throw new PolicyRefusedError('addresses')
  }
}

/** Whether pages over all namespaces may show a namespace. */
export function mayBeListed({ isDenied = false, isListed = true }: NamespacePolicy): boolean {
  return isListed && !isDenied
}
