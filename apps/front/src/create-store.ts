import { readFileSync } from 'node:fs'
import type {
  ClusterDirectory,
  RegistrationStore,
  StoreOptions
} from '@rendezvous-cluster/rendezvous'
import type { PrometheusMetrics } from '@rendezvous-cluster/sidecar'
import {
  ClusterSettings,
  type ClusterSettingsInit,
  checkRedis,
  LevelStore,
  MemoryDirectory,
  MemoryStore,
  openRedis,
  type RedisAccess,
  RedisConnection,
  RedisDirectory,
  RedisStore,
  StoreConfigurationError,
  type StoreErrorKind
} from '@rendezvous-cluster/stores'
import { DIALECTS } from '@rendezvous-cluster/wire'
import type { Logger } from 'pino'
import type { Config, OptionName } from './config/option-table.ts'
import { describeFileError } from './describe-file-error.ts'

/** How long a start waits for the store's first answer, in milliseconds. */
export const OPEN_MS = 5000

/** Shortest time between two warnings of the same kind, in milliseconds. */
const WARNING_MS = 10_000

/** A store, the list of nodes that share it, and how it does. Closing the store ends all of it. */
export interface OpenStore {
  store: RegistrationStore
  directory: ClusterDirectory
  /** For people and status pages: no host, no password. */
  kind: 'memory' | 'level' | 'redis'
  /** Whether it answered last. */
  isUp: () => boolean
  /** For how many milliseconds it has not answered; 0 while it does. */
  downForMs: () => number
}

/**
 * Opens the store that the settings name. When Redis does not answer in time, the store is returned
 * all the same and goes on trying.
 *
 * @throws StoreConfigurationError for what waiting cannot cure
 */
export async function openStore(
  config: Config,
  metrics: PrometheusMetrics,
  log: Logger,
  options?: StoreOptions
): Promise<OpenStore> {
  if (config.store === 'memory:') {
    return openEmbedded(new MemoryStore(), 'memory', metrics)
  }

  if (config.store.startsWith('level:')) {
    const store = new LevelStore({ directory: config.store.slice('level:'.length) })

    logWarnings(await store.open(), log)

    return openEmbedded(store, 'level', metrics)
  }

  return openRedisStore(config, metrics, log, options)
}

function openEmbedded(
  store: RegistrationStore,
  kind: OpenStore['kind'],
  metrics: PrometheusMetrics
): OpenStore {
  metrics.storeUp(true)

  return { store, directory: new MemoryDirectory(), kind, isUp: () => true, downForMs: () => 0 }
}

async function openRedisStore(
  config: Config,
  metrics: PrometheusMetrics,
  log: Logger,
  options?: StoreOptions
): Promise<OpenStore> {
  const warnOfRefusal = refusalWarner(log)
  const isSentinelErrorDue = oncePerWarningTime()
  let up = false
  let downSinceMs = performance.now()
  const connection = new RedisConnection({
    url: config.store,
    ...redisAccessOf(config),
    onUp(isUp, error) {
      const wasUp = up

      up = isUp
      downSinceMs = performance.now()
      metrics.storeUp(isUp)

      if (isUp) {
        log.info('redis answers')
        void check()
      } else if (wasUp) {
        log.warn({ reason: reasonOf(error) }, 'redis does not answer: requests get E_UNAVAILABLE')
      }
    },
    onRefused(error) {
      warnOfRefusal('other', error)
    },
    onSentinelError(error) {
      if (isSentinelErrorDue()) {
        log.warn({ reason: reasonOf(error) }, 'a sentinel cannot be used')
      }
    },
    onError(kind, error) {
      metrics.storeError(kind)
      warnOfRefusal(kind, error)
    }
  })
  /** A start that found no Redis checks it when it comes. */
  let isChecked = false
  let isOpen = false
  const settings = new ClusterSettings(connection, clusterSettingsOf(config))

  async function check(): Promise<void> {
    if (isOpen && !isChecked) {
      isChecked = true

      const warnings = await checkRedis(connection, settings).catch((error) => [reasonOf(error)])

      isChecked = warnings != null
      logWarnings(warnings ?? [], log)
    }
  }

  try {
    log.debug('waiting for redis')

    const warnings = await openRedis(connection, settings, OPEN_MS, options)

    isOpen = true
    isChecked = warnings != null

    if (warnings == null) {
      log.warn(
        { reason: reasonOf(connection.lastError) },
        `redis does not answer after ${OPEN_MS / 1000} s: ` +
          'serving all the same, requests get E_UNAVAILABLE until it does'
      )
    }

    logWarnings(warnings ?? [], log)
  } catch (error) {
    connection.close()

    throw error
  }

  const store = new RedisStore({
    connection,
    settings,
    copiedBytesMax: config['max-copied-bytes'],
    onRead: (read) => metrics.namespaceRead(read),
    onNoRoom: () => metrics.copyWithoutRoom()
  })

  metrics.copies(() => store.copied)

  return {
    store,
    directory: new RedisDirectory(connection, settings),
    kind: 'redis',
    isUp: () => up,
    downForMs: () => (up ? 0 : performance.now() - downSinceMs)
  }
}

export function clusterSettingsOf(config: Config): ClusterSettingsInit {
  return {
    clusterName: config['cluster-name'],
    isOrdered: config.protocols.some((name) => DIALECTS[name].rules.isPaged),
    keepsPrefixes: config['max-registrations-per-prefix'] > 0
  }
}

/** @throws StoreConfigurationError when a file can't be read */
export function redisAccessOf(config: Config): RedisAccess {
  return {
    username: config['redis-username'],
    password: config['redis-password'],
    sentinelUsername: config['redis-sentinel-username'],
    sentinelPassword: config['redis-sentinel-password'],
    natMap: config['redis-nat-map'],
    tls: {
      ca: readPem(config, 'redis-ca-file'),
      cert: readPem(config, 'redis-cert-file'),
      key: readPem(config, 'redis-key-file'),
      servername: config['redis-server-name']
    }
  }
}

function readPem(
  config: Config,
  option: Extract<OptionName, `redis-${string}-file`> & keyof Config
): string | undefined {
  const path = config[option]

  try {
    const pem = path == null ? undefined : readFileSync(path, 'utf8')

    if (pem != null && !pem.includes('-----BEGIN')) {
      throw new Error('it is no PEM file')
    }

    return pem
  } catch (error) {
    throw new StoreConfigurationError(`--${option}: ${path}: ${describeFileError(error)}`, {
      cause: error
    })
  }
}

function logWarnings(warnings: readonly string[], log: Logger): void {
  for (const warning of warnings) {
    log.warn(warning)
  }
}

/** Warns when Redis answers but refuses: seldom, since every request of a peer may cause it. */
function refusalWarner(log: Logger): (kind: StoreErrorKind, error: unknown) => void {
  const isDue = oncePerWarningTime<StoreErrorKind>()

  return (kind, error) => {
    if (kind === 'timeout' || kind === 'connection' || kind === 'silent') {
      // The change of "up" is told.
      return
    }

    if (isDue(kind)) {
      log.warn({ kind, reason: reasonOf(error) }, 'redis does not do what it is asked')
    }
  }
}

/** True at first and when {@link WARNING_MS} have passed since it was, by key. */
function oncePerWarningTime<Key = void>(): (key: Key) => boolean {
  const trueAtMs = new Map<Key, number>()

  return (key) => {
    const isDue = performance.now() - (trueAtMs.get(key) ?? Number.NEGATIVE_INFINITY) > WARNING_MS

    if (isDue) {
      trueAtMs.set(key, performance.now())
    }

    return isDue
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
