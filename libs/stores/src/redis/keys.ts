import { createHash } from 'node:crypto'
import { type Namespace, RECORD_KINDS, type RecordKind } from '@rendezvous-cluster/rendezvous'

/** Namespaces are spread over this many buckets, one hash slot each in a Redis Cluster. */
export const BUCKETS = 256

/** Carries the version of the layout: another layout never reads these keys. */
export const KEY_PREFIX_DEFAULT = 'rdv:v1:'

/** Where one namespace lives: four keys of its own, four shared with its bucket. All in one slot. */
export interface NamespaceKeys {
  /** Names the namespace inside keys, the same length for all: none can forge another's key. */
  nsid: string
  /** Kind byte and namespace bytes, as stored beside the nsid. */
  identity: Buffer
  expiries: string
  order: string
  records: string
  /** Where IP prefixes are kept. */
  prefixes: string
  bucket: BucketKeys
  /** Of the bucket and the namespace's kind. */
  listed: string
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
  // Of no pool, all of which it would hold back where the keys are kept.
  const identity = Buffer.alloc(1 + bytes.byteLength)

  identity[0] = RECORD_KINDS[kind].byte
  identity.set(bytes, 1)

  return namespaceKeysOfIdentity(prefix, identity)
}

/** As {@link namespaceKeys}, from what a bucket lists beside the nsid. */
export function namespaceKeysOfIdentity(prefix: string, identity: Buffer): NamespaceKeys {
  const hash = createHash('sha256').update(identity).digest().subarray(0, 16)
  const nsid = hash.toString('base64url')
  const bucket = hash[0] as number
  const { expiries, records, order, prefixes } = nsidKeys(prefix, nsid)

  return {
    nsid,
    identity,
    expiries,
    order,
    records,
    prefixes,
    bucket: bucketKeys(prefix, bucket),
    listed: listedKey(prefix, bucket, identity[0] as number)
  }
}

/** The keys that a namespace has of its own, from its nsid alone. */
export function nsidKeys(
  prefix: string,
  nsid: string
): Pick<NamespaceKeys, 'expiries' | 'order' | 'records' | 'prefixes'> {
  const base = `${bucketBase(prefix, bucketOfNsid(nsid))}:${nsid}`

  return {
    expiries: `${base}:x`,
    order: `${base}:q`,
    records: `${base}:r`,
    prefixes: `${base}:p`
  }
}

export function bucketKeys(prefix: string, bucket: number): BucketKeys {
  const base = bucketBase(prefix, bucket)

  return { namespaces: `${base}:ns`, counts: `${base}:counts`, due: `${base}:due` }
}

/** Registrations of a bucket that pages over all namespaces show. */
export function listedKey(prefix: string, bucket: number, kindByte: number): string {
  return `${bucketBase(prefix, bucket)}:all:${kindByte}`
}

/** What one peer has reserved, in a slot of its own. The hash keeps long peer ids short. */
export function reservationsKey(prefix: string, peerId: Uint8Array): string {
  const hash = createHash('sha256').update(peerId).digest().subarray(0, 16)

  return `${prefix}{p:${hash.toString('base64url')}}:n`
}

/** Namespaces that are about to be made. */
export function admissionsKey(prefix: string): string {
  return `${prefix}admissions`
}

/** The bucket of the namespace that a nsid stands for. */
export function bucketOfNsid(nsid: string): number {
  return Buffer.from(nsid.slice(0, 2), 'base64url')[0] as number
}

function bucketBase(prefix: string, bucket: number): string {
  return `${prefix}{${bucket.toString(16).padStart(2, '0')}}`
}
