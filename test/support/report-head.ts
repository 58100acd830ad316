import { execFile } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The arguments of this process, with a file for a bare `--report`. */
export function withReportDefault(file: string): string[] {
  return process.argv
    .slice(2)
    .flatMap((arg, index, args) =>
      arg === '--report' && (args[index + 1] ?? '--').startsWith('--') ? [arg, file] : [arg]
    )
}

/** How a report begins: what was run, when, of which commit, on what machine. */
export async function describeReportHead(title: string, command: string): Promise<string> {
  const { stdout: commit } = await run('git', ['rev-parse', '--short', 'HEAD'])
  const memory = Math.round(totalmem() / 2 ** 30)

  return `# ${title}

\`${command}\`, ${new Date().toISOString().slice(0, 10)}, commit ${commit.trim()}, Node ${process.version},
${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${memory} GiB.
`
}
