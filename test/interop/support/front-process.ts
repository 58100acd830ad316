import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { AbortOptions } from '@libp2p/interface'
import { JsonProcess, type ProcessEnd } from './json-process.ts'

/** The compiled `rendezvous` command. */
export const RENDEZVOUS = fileURLToPath(new URL('../../../apps/cli/dist/main.js', import.meta.url))

const READY_WITHIN_MS = 30_000
const READY_POLL_MS = 10

export interface LogLine {
  level: string
  msg: string
}

/** A front node as operators run it: a process of its own. */
export interface FrontProcess {
  /** Its one multiaddr on loopback, ending in its peer id. */
  point: string
  peerId: string
  pid: number
  /** URL of its sidecar. */
  sidecar: string
  /** What it has logged so far. */
  log: readonly LogLine[]
  /** What it has written to standard error: nothing, as long as all is well. */
  stderr(): string
  /** The value of one sample of `/metrics`, labels included; 0 if it is not there yet. */
  metric(sample: string): Promise<number>
  /** Resolves once it has ended, by whatever. */
  ended: Promise<ProcessEnd>
  /** By default as a crash would. */
  kill(signal?: NodeJS.Signals): Promise<ProcessEnd>
}

export interface FrontProcessOptions extends AbortOptions {
  /** Of Node itself. Default: none. */
  nodeArgs?: readonly string[]
  /** The compiled command. Default: {@link RENDEZVOUS}. */
  program?: string
}

/**
 * Starts `rendezvous serve` on free loopback ports, and waits until it serves.
 *
 * @throws Error with what it said if it does not, or the signal's reason; it has ended then
 */
export async function startFrontProcess(
  flags: Record<string, string> = {},
  options: FrontProcessOptions = {}
): Promise<FrontProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'rendezvous-front-'))

  try {
    return await start(join(directory, 'ready.json'), flags, options)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function start(
  readyFile: string,
  flags: Record<string, string>,
  { nodeArgs = [], program = RENDEZVOUS, signal }: FrontProcessOptions
): Promise<FrontProcess> {
  const all = {
    listen: '/ip4/127.0.0.1/tcp/0',
    sidecar: '127.0.0.1:0',
    'ready-file': readyFile,
    ...flags
  }
  const child = new JsonProcess<LogLine>(process.execPath, [
    ...nodeArgs,
    program,
    'serve',
    ...Object.entries(all).map(([name, value]) => `--${name}=${value}`)
  ])

  try {
    const { peerId, multiaddrs, sidecar } = await readWhenReady(readyFile, child, signal)

    return {
      point: multiaddrs[0] as string,
      peerId,
      pid: child.pid,
      sidecar,
      log: child.lines,
      stderr: () => child.stderr,
      metric: async (sample) => sampleValue(sample, await textOf(`${sidecar}/metrics`)),
      ended: child.ended,
      kill: (signal) => child.kill(signal)
    }
  } catch (error) {
    await child.kill()

    throw error
  }
}

async function readWhenReady(
  readyFile: string,
  child: JsonProcess<LogLine>,
  signal?: AbortSignal
): Promise<{ peerId: string; multiaddrs: string[]; sidecar: string }> {
  const deadlineMs = Date.now() + READY_WITHIN_MS

  while (child.isRunning && Date.now() < deadlineMs) {
    signal?.throwIfAborted()

    try {
      return JSON.parse(await readFile(readyFile, 'utf8'))
    } catch {
      // It is written whole, once the node serves.
    }

    await delay(READY_POLL_MS)
  }

  const log = child.lines.map(({ level, msg }) => `${level}: ${msg}`).join('\n')

  throw new Error(`the front node does not serve:\n${log}\n${child.stderr}`)
}

async function textOf(url: string): Promise<string> {
  const response = await fetch(url)

  return response.text()
}

function sampleValue(sample: string, metrics: string): number {
  const line = metrics.split('\n').find((text) => text.startsWith(`${sample} `))

  return line == null ? 0 : Number(line.slice(sample.length))
}
