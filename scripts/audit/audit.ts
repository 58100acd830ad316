// Asks the registry for advisories about what is installed. Those about what a front node or an
// application runs fail from "high" on, those about tools are told. Exits with 77, as tests of
// Automake do, where the registry gives none: then nothing is known, and nothing has failed.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type AuditException, type AuditVerdict, judgeAudit } from './judge-audit.ts'

const EXIT_CODES: Record<AuditVerdict['outcome'], number> = { passed: 0, failed: 1, skipped: 77 }

const root = fileURLToPath(new URL('../..', import.meta.url))
const today = new Date().toISOString().slice(0, 10)
const exceptions: AuditException[] = JSON.parse(
  readFileSync(new URL('exceptions.json', import.meta.url), 'utf8')
)

const verdict = judgeAudit(audit('--omit=dev'), exceptions, today)

tell(`what is run: ${verdict.outcome}`, verdict.lines)

if (verdict.outcome !== 'skipped') {
  const { lines } = judgeAudit(audit(), [], today)

  tell(
    'with tools, for information',
    lines.filter((line) => !verdict.lines.includes(line))
  )
}

process.exitCode = EXIT_CODES[verdict.outcome]

function audit(...args: string[]): object {
  const { stdout } = spawnSync('npm', ['audit', '--json', ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26
  })

  try {
    return JSON.parse(stdout)
  } catch {
    // npm itself has failed, which the verdict says.
    return {}
  }
}

function tell(heading: string, lines: readonly string[]): void {
  console.log(`audit, ${heading}`)

  for (const line of lines) {
    console.log(`  ${line}`)
  }
}
