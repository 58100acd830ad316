/**
 * Registration stores, all with one contract: `RegistrationStore` of the rendezvous package.
 *
 * @example
 * ```ts
 * const store = new RedisStore({ url: 'redis://127.0.0.1:6379' })
 * const warnings = await store.open(5000)
 * ```
 *
 * @packageDocumentation
 */
export { MeasuredStore, type StoreMetrics, type StoreOperation } from './measured-store.ts'
export { MemoryStore, type MemoryStoreInit } from './memory/memory-store.ts'
export { RedisStore, type RedisStoreInit } from './redis/redis-store.ts'
export { StoreConfigurationError, type StoreErrorKind } from './store-errors.ts'
