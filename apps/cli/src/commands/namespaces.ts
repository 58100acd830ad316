import { ConfigError, ExitCode, listNamespaces, loadConfig } from '@rendezvous-cluster/front'
import type { NamespaceSummary } from '@rendezvous-cluster/rendezvous'
import { StoreConfigurationError } from '@rendezvous-cluster/stores'
import { Command, Option } from 'commander'
import { toCount } from '../client-options.ts'
import { addSettings, settingsOf, WHERE_SETTINGS_STAND } from '../node-settings.ts'
import { reportFailure } from '../report-failure.ts'
import { unlessInterrupted } from '../until-interrupted.ts'

type NamespacesOptions = { json?: boolean; top: number } & Record<string, string[]>

/** `rendezvous namespaces`: for operators, who may see what no page and no metric shows. */
export function namespacesCommand(): Command {
  const command = new Command('namespaces')
    .description(
      'List the namespaces of a cluster from its Redis, those with the most registrations first. Takes the settings of ' +
        `\`serve\` that say which Redis. ${WHERE_SETTINGS_STAND}`
    )
    .addOption(new Option('--top <n>', 'how many are shown').argParser(toCount).default(50))

  return addSettings(command)
    .option('--json', 'print JSON')
    .action(async ({ json, top, ...options }: NamespacesOptions) => {
      try {
        await unlessInterrupted((signal) => list(options, top, json, signal))
      } catch (error) {
        reportFailure(error, json)

        if (error instanceof ConfigError || error instanceof StoreConfigurationError) {
          process.exitCode = ExitCode.BAD_CONFIG
        }
      }
    })
}

async function list(
  options: Record<string, string[]>,
  top: number,
  json: boolean | undefined,
  signal: AbortSignal
): Promise<void> {
  const found: NamespaceSummary[] = []
  let registrations = 0

  for await (const one of listNamespaces(loadConfig(settingsOf(options)), { signal })) {
    registrations += one.registrations
    found.push(one)
  }

  found.sort((one, other) => other.registrations - one.registrations)

  const shown = found.slice(0, top)

  if (json) {
    const namespaces = shown.map(({ kind, namespace, registrations }) => ({
      namespace: textOf(namespace.bytes),
      base64: Buffer.from(namespace.bytes).toString('base64'),
      kind,
      registrations
    }))

    process.stdout.write(`${JSON.stringify({ namespaces, total: found.length, registrations })}\n`)

    return
  }

  for (const { kind, namespace, registrations } of shown) {
    process.stdout.write(
      `${String(registrations).padStart(10)}  ${kind.padEnd(20)}  ${shownName(namespace.bytes)}\n`
    )
  }

  process.stdout.write(`registrations: ${registrations}, namespaces: ${found.length}\n`)
}

/** `null` for bytes that are no text. */
function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** What could move the cursor, or is no text, is shown by its bytes. */
function shownName(bytes: Uint8Array): string {
  const text = textOf(bytes)

  return text == null || /\p{C}/u.test(text) ? `0x${Buffer.from(bytes).toString('hex')}` : text
}
