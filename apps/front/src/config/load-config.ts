import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Document, LineCounter, parseDocument } from 'yaml'
import { describeFileError } from '../describe-file-error.ts'
import { assertPrivate } from '../private-file.ts'
import {
  CONFIG_SCHEMA,
  type Config,
  environmentName,
  OPTION_TABLE,
  type OptionName,
  optionLabel
} from './option-table.ts'
import { redisProblems } from './redis-problems.ts'
import { tlsProblems } from './tls-problems.ts'

/** Settings that cannot be used. The message has a line for each problem. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** Where settings may be given. A flag counts before a variable, and that before the file. */
export interface ConfigSources {
  /** Flags as given, by their names; `config` is the path of a file. */
  flags: Readonly<Record<string, string | string[] | undefined>>
  /** Variables, of which those named `RENDEZVOUS_…` after a setting are read; an empty one is none. */
  env: Readonly<Record<string, string | undefined>>
  /** The folder that relative paths in flags and variables start at. */
  cwd: string
}

/** Where a setting stands; the first of these counts. */
const PRECEDENCE = ['flag', 'environment', 'file'] as const

/** A setting's text, or texts, and where they stand. */
interface Raw {
  value: string | string[]
  source: (typeof PRECEDENCE)[number]
  /** Folder that a relative path starts at. */
  folder: string
}

/** Settings that may stand in a file of their own, named by the same setting with `-file`. */
type OptionWithFile = 'store' | 'redis-username' | 'redis-password' | 'redis-sentinel-password'

const OPTIONS_WITH_FILE: readonly OptionWithFile[] = [
  'store',
  'redis-username',
  'redis-password',
  'redis-sentinel-password'
]

const CERTIFICATES_WITH_KEY = [
  ['redis-cert-file', 'redis-key-file'],
  ['tls-cert-file', 'tls-key-file']
] as const

const OPTION_NAMES = Object.keys(OPTION_TABLE) as OptionName[]

/**
 * Joins flags, environment and file (in this order of precedence) and checks them as a whole.
 *
 * @throws ConfigError naming every problem at once
 */
export function loadConfig({ flags, env, cwd }: ConfigSources): Config {
  const file = readFile(flags.config ?? env[environmentName('config')], cwd)
  const problems = [...file.problems]
  const given = new Map<OptionName, Raw>()
  const raw: Record<string, string | string[]> = {}

  for (const option of OPTION_NAMES) {
    const first = firstGiven(option, flags, env, cwd) ?? file.settings.get(option)

    if (first != null) {
      given.set(option, first)
      raw[option] = toInput(option, first)
    }
  }

  for (const option of OPTIONS_WITH_FILE) {
    problems.push(...takeFromFile(option, raw, given))
  }

  for (const [cert, key] of CERTIFICATES_WITH_KEY) {
    if ((raw[cert] == null) !== (raw[key] == null)) {
      problems.push(`${optionLabel(cert)} and ${optionLabel(key)} go together: give both`)
    }
  }

  problems.push(...redisProblems(raw.store, given), ...tlsProblems(raw))

  const result = CONFIG_SCHEMA.safeParse(raw)

  for (const option of new Set(result.error?.issues.map(({ path }) => path[0] as OptionName))) {
    problems.push(describeProblem(option, raw[option]))
  }

  if (!result.success || problems.length > 0) {
    throw new ConfigError(problems)
  }

  return Object.freeze(result.data)
}

function firstGiven(
  option: OptionName,
  flags: ConfigSources['flags'],
  env: ConfigSources['env'],
  folder: string
): Raw | undefined {
  const flag = flags[option]
  const variable = env[environmentName(option)]

  if (flag != null) {
    return { value: flag, source: 'flag', folder }
  }

  // An empty variable is how compose files and shells say "not set".
  return variable == null || variable === ''
    ? undefined
    : { value: variable, source: 'environment', folder }
}

function toInput(option: OptionName, { value, folder }: Raw): string | string[] {
  const { isList, isPath } = OPTION_TABLE[option]

  if (isList) {
    return [value].flat().flatMap((text) => text.split(',').map((part) => part.trim()))
  }

  // Given twice, the last one counts, as with most programs.
  const text = (typeof value === 'string' ? value : (value.at(-1) ?? '')).trim()

  if (option === 'store' && /^level:./.test(text)) {
    return `level:${resolve(folder, text.slice('level:'.length))}`
  }

  return isPath && text !== '' ? resolve(folder, text) : text
}

function readFile(
  given: string | string[] | undefined,
  cwd: string
): { settings: Map<string, Raw>; problems: string[] } {
  const settings = new Map<string, Raw>()
  const path = [given ?? ''].flat().at(-1) ?? ''

  if (path === '') {
    return { settings, problems: [] }
  }

  const file = resolve(cwd, path)
  const problems: string[] = []

  try {
    const content: unknown = parseSettings(readFileSync(file, 'utf8'))

    if (typeof content !== 'object' || Array.isArray(content)) {
      throw new Error('expected a mapping of settings to values')
    }

    for (const [option, value] of Object.entries(content as object)) {
      if (!OPTION_NAMES.includes(option as OptionName)) {
        problems.push(
          `${file}: ${shownKey(option)} is no setting; there are ${OPTION_NAMES.join(', ')}`
        )
      } else if (value != null && value !== '') {
        settings.set(option, {
          value: Array.isArray(value) ? value.map(String) : String(value),
          source: 'file',
          folder: dirname(file)
        })
      }
    }
  } catch (error) {
    problems.push(`--config (${environmentName('config')}): ${file}: ${describeFileError(error)}`)
  }

  return { settings, problems }
}

/** A key is a name, but for what somebody has written without the space between name and value. */
function shownKey(key: string): string {
  return /^[\w-]{1,40}$/.test(key) ? `"${key}"` : 'one of the keys'
}

/**
 * Every value stays the text it is: a password of digits is no number.
 *
 * @throws Error without the parser's words, which may quote what stands there
 */
function parseSettings(text: string): unknown {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    prettyErrors: false,
    schema: 'failsafe',
    lineCounter: lines
  })
  // A tag that nobody knows is a text that nobody has put in quotes.
  const [problem] = [...document.errors, ...document.warnings]

  if (problem != null) {
    const { line, col } = lines.linePos(problem.pos[0])

    throw new Error(`it is no YAML at line ${line}, column ${col} (${problem.code})`)
  }

  return contentOf(document) ?? {}
}

function contentOf(document: Document): unknown {
  try {
    const content: unknown = document.toJS()

    return content === '' ? undefined : content
  } catch {
    throw new Error('it is no YAML: a text that begins with * belongs in quotes')
  }
}

/**
 * Puts the content of a setting's file in the place of the setting, if it is given at least as near.
 *
 * @returns problems; none of them shows the content
 */
function takeFromFile(
  option: OptionWithFile,
  raw: Record<string, string | string[]>,
  given: Map<OptionName, Raw>
): string[] {
  const fileOption = `${option}-file` as const
  const file = given.get(fileOption)
  const direct = given.get(option)
  const path = raw[fileOption]

  if (file == null || typeof path !== 'string' || path === '') {
    return []
  }

  if (direct != null && nearness(direct) < nearness(file)) {
    return []
  }

  if (direct != null && nearness(direct) === nearness(file)) {
    return [`${optionLabel(option)} and ${optionLabel(fileOption)} say the same: give one`]
  }

  try {
    assertPrivate(path)
    raw[option] = toInput(option, { ...file, value: readFileSync(path, 'utf8').trim() })
  } catch (error) {
    return [`${optionLabel(fileOption)}: ${path}: ${describeFileError(error)}`]
  }

  if (CONFIG_SCHEMA.shape[option].safeParse(raw[option]).success) {
    return []
  }

  delete raw[option]

  return [
    `${optionLabel(fileOption)}: ${path} holds something else than ${OPTION_TABLE[option].allowed}`
  ]
}

function nearness({ source }: Raw): number {
  return PRECEDENCE.indexOf(source)
}

function describeProblem(option: OptionName, value: string | string[] | undefined): string {
  const { allowed, redact = (text: string) => text } = OPTION_TABLE[option]
  const shown = [value ?? ''].flat().map(redact).join(',')

  return `${optionLabel(option)}: "${shown}" is not allowed; give ${allowed}`
}
