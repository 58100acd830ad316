import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { AbortOptions } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { DemoNode, DemoNodeName, DemoNodeState } from './demo-cluster.ts'
import { endChild, endWithThisProcess, isRunning } from './end-with-this-process.ts'

/** This program, compiled. */
const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))

const READY_WITHIN_MS = 30_000

const READY_POLL_MS = 20

const STOP_WITHIN_MS = 1500

/** What is kept of a node's output, in characters, to tell why it failed. */
const OUTPUT_KEPT = 4096

const FLAGS = [
  ['--listen', '/ip4/127.0.0.1/tcp/0'],
  ['--sidecar', '127.0.0.1:0'],
  ['--drain-seconds', '0'],
  ['--log-level', 'warn']
].flat()

export interface FrontProcessInit {
  name: DemoNodeName
  /** Shared by all nodes of a demo. */
  directory: string
  /** Its settings, by the names of environment variables: a URL there shows no password. */
  env: NodeJS.ProcessEnv
}

/** A front node as operators run it: `rendezvous serve`, in a process that ends with this one. */
export class DemoFrontProcess implements DemoNode {
  readonly name: DemoNodeName
  readonly peerId: string
  readonly point: Multiaddr
  readonly sidecar: string
  readonly #child: ChildProcess
  #wasKilled = false

  private constructor(
    name: DemoNodeName,
    child: ChildProcess,
    { peerId, multiaddrs, sidecar }: { peerId: string; multiaddrs: string[]; sidecar: string }
  ) {
    this.name = name
    this.peerId = peerId
    this.point = multiaddr(multiaddrs[0])
    this.sidecar = sidecar
    this.#child = child
  }

  /** @throws Error with what the node said last, when it does not serve or has no store */
  static async start(
    { name, directory, env }: FrontProcessInit,
    { signal }: AbortOptions = {}
  ): Promise<DemoFrontProcess> {
    const readyFile = join(directory, `${name}.json`)
    const child = spawn(process.execPath, [MAIN, 'serve', ...FLAGS, '--ready-file', readyFile], {
      env,
      // Ctrl-C at a terminal is for the demo, which ends its nodes itself.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe']
    })
    const log = keepLog(child)

    await once(child, 'spawn')
    endWithThisProcess(child, directory)

    try {
      const ready = await readWhenReady(readyFile, child, signal)

      if (ready == null) {
        throw new Error(`front node ${name} can’t serve: ${log().at(-1)?.msg}`)
      }

      if (!(await hasStore(ready.sidecar, signal))) {
        const { reason } = log().findLast(({ reason }) => reason != null) ?? {}

        throw new Error(`Redis does not answer front node ${name}: ${reason ?? 'no reason known'}`)
      }

      return new DemoFrontProcess(name, child, ready)
    } catch (error) {
      await endChild(child, STOP_WITHIN_MS)

      throw error
    }
  }

  get state(): DemoNodeState {
    if (this.#wasKilled) {
      return 'killed'
    }

    return isRunning(this.#child) ? 'serving' : 'ended'
  }

  kill(): void {
    this.#wasKilled = this.#child.kill('SIGKILL')
  }

  stop(): Promise<void> {
    return endChild(this.#child, STOP_WITHIN_MS)
  }
}

interface LogLine {
  msg: string
  /** What failed, on some lines. */
  reason?: string
}

/** Reads a child's output for as long as it runs, and keeps its last lines. */
function keepLog({ stdout, stderr }: ChildProcess): () => LogLine[] {
  let output = ''

  for (const stream of [stdout, stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output = `${output}${chunk}`.slice(-OUTPUT_KEPT)
    })
  }

  return () => output.trim().split('\n').map(toLogLine)
}

function toLogLine(line: string): LogLine {
  try {
    return JSON.parse(line)
  } catch {
    // Settings that can't be used are told before there is a log.
    return { msg: line }
  }
}

async function readWhenReady(
  readyFile: string,
  child: ChildProcess,
  signal?: AbortSignal
): Promise<{ peerId: string; multiaddrs: string[]; sidecar: string } | undefined> {
  const deadlineMs = performance.now() + READY_WITHIN_MS

  while (isRunning(child) && performance.now() < deadlineMs) {
    const text = await readFile(readyFile, 'utf8').catch(() => '')

    if (text !== '') {
      return JSON.parse(text)
    }

    await delay(READY_POLL_MS, undefined, { signal })
  }

  return undefined
}

/** A node serves without its store too, and answers that it has none. */
async function hasStore(sidecar: string, signal?: AbortSignal): Promise<boolean> {
  const response = await fetch(`${sidecar}/readyz?verbose`, { signal })
  const { store } = (await response.json()) as { store: { up: boolean } }

  return store.up
}
