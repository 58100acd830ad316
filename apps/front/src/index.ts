/**
 * The front node: settings in, a serving node out.
 *
 * @example
 * ```ts
 * const config = loadConfig({ flags: { store: 'memory:' }, env: process.env, cwd: process.cwd() })
 * const node = new FrontNode({ config, log: createLogger({ level: config['log-level'] }) })
 * await node.start()
 * ```
 *
 * @packageDocumentation
 */
export { ConfigError, type ConfigSources, loadConfig } from './config/load-config.ts'
export {
  type Config,
  defaultText,
  environmentName,
  OPTION_TABLE,
  type OptionName,
  type OptionRow
} from './config/option-table.ts'
export { createLogger } from './create-logger.ts'
export { type OpenStore, openStore } from './create-store.ts'
export type { Finding, Level, Subject } from './doctor/finding.ts'
export { type DoctorInit, runDoctor } from './doctor/run-doctor.ts'
export { FrontNode, type FrontNodeInit, type StopOptions } from './front-node.ts'
export { deriveKey } from './identity/derive-key.ts'
export { IdentityError } from './identity/identity-error.ts'
export { createKeyFile, loadOrCreateKeyFile, readKeyFile } from './identity/key-file.ts'
export { formatPrivateKey } from './identity/key-formats.ts'
export { createSeedFile, readSeedFile } from './identity/seed-file.ts'
export { listNamespaces } from './list-namespaces.ts'
export { nativeSignatures } from './native-signatures.ts'
export { ExitCode, runFrontNode } from './run-front-node.ts'
export { VERSION } from './version.ts'
