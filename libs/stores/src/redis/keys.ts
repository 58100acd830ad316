import { createHash } from 'node:crypto'
import { type Namespace, RECORD_KINDS, type RecordKind } from '@rendezvous-cluster/rendezvous'

/** Namespaces are spread over this many buckets, one hash slot each in a Redis Cluster. */
export const BUCKETS = 256

/** Carries the version of the layout: another layout never reads these keys. */
export const KEY_PREFIX_DEFAULT = 'rdv:v1:'

/** Where one namespace lives: two keys of its own, three shared with its bucket. All in one slot. */
export interface NamespaceKeys {
  /** Names the namespace inside keys, the same length for all: none can forge another's key. */
  nsid: string
  /** Kind byte and namespace bytes, as stored beside the nsid. */
  identity: Buffer
  expiries: string
  records: string
  bucket: BucketKeys
}

export interface BucketKeys {
  namespaces: string
  counts: string
  due: string
}

export function namespaceKeys(
  prefix: string,
  kind: RecordKind,
  { bytes }: Namespace
): NamespaceKeys {
  const identity = Buffer.concat([Buffer.of(RECORD_KINDS[kind].byte), bytes])
  const nsid = createHash('sha256').update(identity).digest().subarray(0, 16)

  return { ...keysOf(prefix, nsid), identity }
}

/** As {@link namespaceKeys}, from the nsid that a bucket lists. */
export function namespaceKeysOfNsid(prefix: string, nsid: string): Omit<NamespaceKeys, 'identity'> {
  return keysOf(prefix, Buffer.from(nsid, 'base64url'))
}

export function bucketKeys(prefix: string, bucket: number): BucketKeys {
  const base = `${prefix}{${bucket.toString(16).padStart(2, '0')}}`

  return { namespaces: `${base}:ns`, counts: `${base}:counts`, due: `${base}:due` }
}

function keysOf(prefix: string, nsidBytes: Buffer): Omit<NamespaceKeys, 'identity'> {
  const nsid = nsidBytes.toString('base64url')
  const bucket = nsidBytes[0] as number
  const base = `${prefix}{${bucket.toString(16).padStart(2, '0')}}:${nsid}`

  return {
    nsid,
    expiries: `${base}:x`,
    records: `${base}:r`,
    bucket: bucketKeys(prefix, bucket)
  }
}
