import type { Config } from '../config/option-table.ts'
import { examineAddresses } from './examine-addresses.ts'
import { examineFiles } from './examine-files.ts'
import { examineHost } from './examine-host.ts'
import { examineStore } from './examine-store.ts'
import { examineVariables } from './examine-variables.ts'
import type { Finding } from './finding.ts'

/** Which settings are looked at, and by which clock: certificates and the clock of Redis are compared with it. */
export interface DoctorInit {
  config: Config
  /** Environment variables. Default: those of this process. */
  env?: Readonly<Record<string, string | undefined>>
  /** Unix time in milliseconds. Default: `Date.now`. */
  now?: () => number
}

/**
 * Looks at what a front node with these settings would meet, without being one: each finding as soon as it
 * is made. At its Redis it does what a start does, so it may be the first to write the settings of a cluster.
 */
export async function* runDoctor(init: DoctorInit): AsyncGenerator<Finding> {
  const { config, env = process.env, now = Date.now } = init

  yield* examineVariables(env)
  yield* await examineFiles(config, now)
  yield* examineHost(config)
  yield* await examineStore({ config, now })
  yield* await examineAddresses(config)
}
