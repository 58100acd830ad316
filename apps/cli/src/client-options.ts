import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { Namespace } from '@rendezvous-cluster/rendezvous'
import { DIALECTS, type DialectName } from '@rendezvous-cluster/wire'
import { type Command, InvalidArgumentError, Option } from 'commander'

/** Options that every command of a client has. */
export interface ClientOptions {
  point: Multiaddr[]
  namespace: Namespace
  protocol: DialectName
  keyFile?: string
  /** In milliseconds. */
  timeout: number
  json?: boolean
}

/** Longest time that a timer takes: beyond, it fires at once. */
const TIMER_MS_MAX = 2 ** 31 - 1

/** Adds the options of {@link ClientOptions} to a command. */
export function addClientOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--point <multiaddr>',
        'rendezvous point; repeatable, the first that answers counts'
      )
        .argParser(collectMultiaddrs)
        .makeOptionMandatory()
    )
    .addOption(
      new Option('--namespace <text>', 'what peers register under')
        .argParser(toNamespace)
        .makeOptionMandatory()
    )
    .addOption(
      new Option('--protocol <name>', 'rendezvous protocol')
        .choices(Object.keys(DIALECTS))
        .default('waku')
    )
    .addOption(new Option('--key-file <path>', 'private key of this peer (default: a new one)'))
    .addOption(
      secondsOption('--timeout', 'for connecting to a point, and again for each request', 10)
    )
    .addOption(new Option('--json', 'print JSON'))
}

export function collectMultiaddrs(text: string, previous: Multiaddr[] | undefined): Multiaddr[] {
  try {
    return [...(previous ?? []), multiaddr(text)]
  } catch {
    throw new InvalidArgumentError(
      'give a multiaddr, for example /ip4/127.0.0.1/tcp/60000/p2p/12D3…'
    )
  }
}

/** An option in seconds that a timer is set to: the command is told whole milliseconds. */
export function secondsOption(flag: string, description: string, seconds: number): Option {
  return new Option(`${flag} <seconds>`, description)
    .argParser(toMilliseconds)
    .default(seconds * 1000, String(seconds))
}

export function toPositiveNumber(text: string): number {
  const value = Number(text)

  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('give a number above 0.')
  }

  return value
}

function toMilliseconds(text: string): number {
  const milliseconds = Math.max(1, Math.round(toPositiveNumber(text) * 1000))

  if (milliseconds > TIMER_MS_MAX) {
    throw new InvalidArgumentError(
      `give a number above 0, and up to ${Math.floor(TIMER_MS_MAX / 1000)}.`
    )
  }

  return milliseconds
}

export function toWholeNumber(text: string): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN

  if (!Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('give a whole number.')
  }

  return value
}

export function toCount(text: string): number {
  const count = toWholeNumber(text)

  if (count < 1) {
    throw new InvalidArgumentError('give 1 or more.')
  }

  return count
}

function toNamespace(text: string): Namespace {
  try {
    return Namespace.fromText(text)
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`)
  }
}

/** A multiaddr in which `{}` stands for a number. */
export function toMultiaddrTemplate(text: string): string {
  try {
    multiaddr(text.replaceAll('{}', '0'))
  } catch {
    throw new InvalidArgumentError(
      'give a multiaddr, for example /dns4/rdv-{}.example.org/tcp/60000'
    )
  }

  return text
}
