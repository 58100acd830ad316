import { styleText } from 'node:util'
import {
  type Config,
  ConfigError,
  ExitCode,
  type Finding,
  type Level,
  loadConfig,
  runDoctor
} from '@rendezvous-cluster/front'
import { Command } from 'commander'
import { addSettings, settingsOf, WHERE_SETTINGS_STAND } from '../node-settings.ts'

type DoctorOptions = { json?: boolean } & Record<string, string[]>

const COLOURS = { good: 'green', warning: 'yellow', bad: 'red' } as const

const SUBJECT_WIDTH = 'addresses'.length

const LEVEL_WIDTH = 'warning'.length

/** `rendezvous doctor`: takes every option of `serve`. */
export function doctorCommand(): Command {
  const command = new Command('doctor').description(
    'Look at what a front node with these settings would meet, and say what to change and why: files, limits of ' +
      'this host, the store, addresses. Ends with 1 if anything is bad, 0 otherwise, and 2 where the settings ' +
      `themselves are wrong. ${WHERE_SETTINGS_STAND}`
  )

  return addSettings(command)
    .option('--json', 'print JSON')
    .action(async ({ json, ...options }: DoctorOptions) => {
      const config = configOf(options, json)

      if (config != null) {
        const findings = await examine(config, json)

        process.exitCode = countOf(findings, 'bad') === 0 ? ExitCode.OK : ExitCode.FAILURE
      }
    })
}

/** `undefined` once it was told why there is none. */
function configOf(
  options: Record<string, string[]>,
  json: boolean | undefined
): Config | undefined {
  try {
    return loadConfig(settingsOf(options))
  } catch (error) {
    if (!(error instanceof ConfigError)) {
      throw error
    }

    const findings = error.problems.map(
      (text): Finding => ({ subject: 'settings', level: 'bad', text })
    )

    if (json) {
      printJson(findings)
    } else {
      findings.forEach(printFinding)
    }

    process.exitCode = ExitCode.BAD_CONFIG

    return undefined
  }
}

async function examine(config: Config, json: boolean | undefined): Promise<Finding[]> {
  const findings: Finding[] = []

  for await (const finding of runDoctor({ config })) {
    findings.push(finding)

    if (!json) {
      printFinding(finding)
    }
  }

  if (json) {
    printJson(findings)
  } else {
    const bad = countOf(findings, 'bad')
    const warnings = countOf(findings, 'warning')

    process.stdout.write(
      bad + warnings === 0 ? '\nall is well\n' : `\n${bad} bad, ${warnings} to look at\n`
    )
  }

  return findings
}

function printFinding({ subject, level, text, cure }: Finding): void {
  const indent = ' '.repeat(SUBJECT_WIDTH + LEVEL_WIDTH + 4)
  const shown = styleText(COLOURS[level], level.padEnd(LEVEL_WIDTH), { stream: process.stdout })

  process.stdout.write(`${subject.padEnd(SUBJECT_WIDTH)}  ${shown}  ${text}\n`)

  if (cure != null) {
    process.stdout.write(`${indent}${cure}\n`)
  }
}

function printJson(findings: readonly Finding[]): void {
  process.stdout.write(`${JSON.stringify({ ok: countOf(findings, 'bad') === 0, findings })}\n`)
}

function countOf(findings: readonly Finding[], wanted: Level): number {
  return findings.filter(({ level }) => level === wanted).length
}
