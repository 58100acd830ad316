import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What `rendezvous` runs. */
export const CLI_MAIN = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url))

export interface Finished {
  /** Exit code, or the name of the signal that ended it. */
  code: number | string
  stdout: string
  stderr: string
}

export interface RunningCli {
  process: ChildProcess
  /** What it has printed so far. */
  output(): { stdout: string; stderr: string }
  finished: Promise<Finished>
}

/** Starts `rendezvous` with these arguments as a process of its own. */
export function spawnCli(args: string[], env: Record<string, string> = {}): RunningCli {
  const child = spawn(process.execPath, [CLI_MAIN, ...args], {
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let stdout = ''
  let stderr = ''

  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })

  return {
    process: child,
    output: () => ({ stdout, stderr }),
    finished: once(child, 'close').then(([code, signal]) => ({
      code: code ?? signal,
      stdout,
      stderr
    }))
  }
}

/** Runs `rendezvous` to its end. */
export async function runCli(args: string[], env?: Record<string, string>): Promise<Finished> {
  return spawnCli(args, env).finished
}

export interface ServingCli extends RunningCli {
  peerId: string
  /** Its first address, ending in its peer id. */
  point: string
  /** URL. */
  sidecar: string
  readyFile: string
  /** Ends it at once if it still runs. */
  kill(): Promise<void>
}

/** Starts `rendezvous serve`, on free loopback ports unless told, and waits for its ready file. */
export async function serveCli(
  args: string[] = [],
  env: Record<string, string> = {}
): Promise<ServingCli> {
  const folder = await mkdtemp(join(tmpdir(), 'rendezvous-serve-'))
  const readyFile = join(folder, 'ready.json')
  const listen = args.includes('--listen') ? [] : ['--listen', '/ip4/127.0.0.1/tcp/0']
  const cli = spawnCli(
    ['serve', '--sidecar', '127.0.0.1:0', '--ready-file', readyFile].concat(listen, args),
    env
  )
  let isRunning = true

  void cli.finished.then(() => {
    isRunning = false
  })

  for (;;) {
    const text = await readFile(readyFile, 'utf8').catch(() => '')

    if (text !== '') {
      const { peerId, multiaddrs, sidecar } = JSON.parse(text)

      return {
        ...cli,
        peerId,
        point: multiaddrs[0],
        sidecar,
        readyFile,
        async kill() {
          cli.process.kill('SIGKILL')
          await cli.finished
          await rm(folder, { recursive: true, force: true })
        }
      }
    }

    if (!isRunning) {
      await rm(folder, { recursive: true })

      const { code, stdout, stderr } = await cli.finished

      throw new Error(`serve ended with ${code}: ${stdout}${stderr}`)
    }

    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** This process's environment without settings of a front node and without npm's. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(RENDEZVOUS_|npm_|INIT_CWD$)/.test(name))
  )
}
