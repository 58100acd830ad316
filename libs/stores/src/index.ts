/**
 * Registration stores, all with one contract: `RegistrationStore` of the rendezvous package.
 *
 * @example
 * ```ts
 * import {
 *   ClusterSettings,
 *   openRedis,
 *   RedisConnection,
 *   RedisStore
 * } from '@rendezvous-cluster/stores'
 *
 * const connection = new RedisConnection({ url: 'redis://127.0.0.1:6379' })
 * const settings = new ClusterSettings(connection)
 * const warnings = await openRedis(connection, settings, 5000)
 * const store = new RedisStore({ connection, settings })
 * ```
 *
 * @packageDocumentation
 */
export { LevelStore, type LevelStoreInit } from './level/level-store.ts'
export { MeasuredStore, type StoreMetrics, type StoreOperation } from './measured-store.ts'
export { MemoryDirectory } from './memory/memory-directory.ts'
export { MemoryStore, type MemoryStoreInit } from './memory/memory-store.ts'
export { ClusterSettings, type ClusterSettingsInit } from './redis/cluster-settings.ts'
export * as copyPolicy from './redis/copy-policy.ts'
export type { RedisAccess } from './redis/create-redis-client.ts'
export {
  type DiagnosedServer,
  type DiagnoseRedisInit,
  diagnoseRedis,
  type RedisDiagnosis,
  SLOTS
} from './redis/diagnose-redis.ts'
export type { CopiedNamespaces } from './redis/held-pools.ts'
export type { NamespaceRead } from './redis/namespace-pools.ts'
export { checkRedis, openRedis } from './redis/open-redis.ts'
export { parseRedisUrl, type RedisAddress } from './redis/redis-address.ts'
export { RedisConnection, type RedisConnectionInit } from './redis/redis-connection.ts'
export { RedisDirectory } from './redis/redis-directory.ts'
export {
  COPIED_BYTES_MAX_DEFAULT,
  RedisStore,
  type RedisStoreInit
} from './redis/redis-store.ts'
export { StoreConfigurationError, type StoreErrorKind } from './store-errors.ts'
