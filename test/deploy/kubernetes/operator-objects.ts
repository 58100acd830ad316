/** Secrets that the manifests name and the operator makes, with their keys. */
export const OPERATOR_SECRETS: Readonly<Record<string, readonly string[]>> = {
  'rendezvous-seed': ['seed'],
  'rendezvous-redis': ['password']
}

/** Services of the operator's own Redis. */
export const OPERATOR_SERVICES: readonly string[] = ['rendezvous-redis', 'rendezvous-redis-cluster']
