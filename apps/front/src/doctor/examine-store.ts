import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  diagnoseRedis,
  type RedisDiagnosis,
  SLOTS,
  StoreConfigurationError
} from '@rendezvous-cluster/stores'
import type { Config } from '../config/option-table.ts'
import { clusterSettingsOf, OPEN_MS, redisAccessOf } from '../create-store.ts'
import { type Finding, findingsOf } from './finding.ts'

const finding = findingsOf('store')

/** A REGISTER waits for two answers of Redis: more than this and peers notice. */
const LATENCY_MS_MAX = 5

/** Beyond what clocks differ by that are set over the network. */
const CLOCK_MS_MAX = 1000

export interface ExamineStoreInit {
  config: Config
  /** Unix time in milliseconds. */
  now: () => number
}

/** Whether a node can keep registrations where the settings say. */
export async function examineStore({ config, now }: ExamineStoreInit): Promise<Finding[]> {
  if (config.store === 'memory:') {
    return [
      finding(
        'good',
        'registrations are in memory: other nodes do not know them, and a restart forgets them'
      )
    ]
  }

  if (config.store.startsWith('level:')) {
    return [await examineDirectory(config.store.slice('level:'.length))]
  }

  try {
    const diagnosis = await diagnoseRedis({
      url: config.store,
      access: redisAccessOf(config),
      settings: clusterSettingsOf(config),
      timeoutMs: OPEN_MS,
      now
    })

    return describeRedis(diagnosis)
  } catch (error) {
    if (error instanceof StoreConfigurationError) {
      return [finding('bad', error.message)]
    }

    throw error
  }
}

function describeRedis({
  refused,
  unreachable,
  slots,
  servers,
  warnings
}: RedisDiagnosis): Finding[] {
  const missing = slots == null ? 0 : SLOTS - slots

  return [
    ...(refused == null ? [] : [finding('bad', refused)]),
    ...(unreachable == null || missing > 0
      ? []
      : [
          finding(
            'bad',
            `Redis does not answer: ${unreachable}`,
            'check that it runs, that host and port of --store are right, and that no firewall is in between'
          )
        ]),
    ...(missing === 0
      ? []
      : [
          finding(
            'bad',
            `nobody answers for ${missing} of ${SLOTS} slots of the Redis Cluster: ` +
              'namespaces in them are refused, or all are',
            'bring the primary of these slots back, or give them to others with ' +
              '`redis-cli --cluster fix <host:port>`'
          )
        ]),
    ...servers.flatMap(describeServer),
    ...warnings.map((warning) => finding('warning', warning))
  ]
}

function describeServer({
  name,
  version,
  latencyMs,
  clockAheadMs
}: RedisDiagnosis['servers'][number]) {
  const isSlow = latencyMs > LATENCY_MS_MAX
  const isSkewed = Math.abs(clockAheadMs) > CLOCK_MS_MAX
  const findings = [
    isSlow
      ? finding(
          'warning',
          `Redis ${version} at ${name} takes ${latencyMs.toFixed(1)} ms for an answer: peers wait for two of them`,
          'put the front nodes into the same network, and look for what keeps Redis busy with `redis-cli --latency`'
        )
      : finding('good', `Redis ${version} at ${name} answers in ${latencyMs.toFixed(2)} ms`)
  ]

  if (isSkewed) {
    const seconds = Math.abs(clockAheadMs / 1000).toFixed(1)

    findings.push(
      finding(
        'warning',
        `the clock of Redis at ${name} is ${seconds} s ${clockAheadMs > 0 ? 'ahead of' : 'behind'} this host's`,
        'let both set their clocks over the network, as by chrony: expiry goes by the clock of Redis ' +
          'alone, but certificates, logs and pages over several servers of a Cluster do not'
      )
    )
  }

  return findings
}

/** Opening it would take the lock of a node that runs. */
async function examineDirectory(directory: string): Promise<Finding> {
  try {
    const exists = await stat(directory).then(
      (found) => found.isDirectory() || Promise.reject(new Error(`${directory} is no directory`)),
      () => false
    )

    await access(exists ? directory : dirname(directory), constants.W_OK)

    return finding('good', `registrations are in ${directory}: other nodes do not know them`)
  } catch (error) {
    return finding(
      'bad',
      `the directory of --store can't be used: ${(error as Error).message}`,
      'name one that this user may write to'
    )
  }
}
