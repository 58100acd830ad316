import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { PeerProgram } from './peer-program.ts'

/** One command to a client; cookies are base64. */
export interface PeerCommand {
  do: 'register' | 'unregister' | 'discover' | 'watch' | 'register then discover'
  namespace?: string
  ttl?: number
  limit?: number
  cookie?: string
  /** To register instead of the addresses it listens on. */
  multiaddrs?: string[]
  /** Registrations that a watch waits for. */
  count?: number
}

export interface PeerRegistration {
  /** Empty where the answer has none. */
  namespace?: string
  peerId: string
  multiaddrs: string[]
  ttl?: number
}

/** What the library of the other implementation tells of one command. */
export interface PeerAnswer {
  event: string
  /** That of the point; -1 if the library failed without one. */
  status: number
  statusText: string
  ttl?: number
  registrations?: PeerRegistration[]
  cookie?: string
}

/** Of two requests on one stream. */
export interface PeerExchange {
  event: 'exchanged'
  statuses: number[]
  statusTexts: string[]
}

/** A running program that uses another implementation of rendezvous. */
export interface RendezvousPeer {
  peerId: string
  /** Without its peer id. */
  multiaddrs: string[]
  /** Its first multiaddr with its peer id, to dial. */
  point: string
  /** Commands of a client; one at a time. */
  ask<Answer = PeerAnswer>(command: PeerCommand): Promise<Answer>
  /** Closes its stdin, and waits until it has ended. */
  stop(): Promise<void>
}

export interface PeerFlags {
  /** Text that its key is made from. */
  seed: string
  /** Whom a client talks to. */
  point?: string
}

/** Starts one, and waits until it listens; a client is then connected to its point. */
export async function startRendezvousPeer(
  { file, args }: PeerProgram,
  role: 'client' | 'server',
  flags: PeerFlags
): Promise<RendezvousPeer> {
  const options = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
  const child = spawn(file, [...args, role, ...options], { stdio: 'pipe' })
  const lines = linesOf(child)

  try {
    const { peerId, multiaddrs } = (await lines.next()) as { peerId: string; multiaddrs: string[] }

    return {
      peerId,
      multiaddrs,
      point: `${multiaddrs[0]}/p2p/${peerId}`,
      ask: async <Answer>(command: PeerCommand) => {
        child.stdin.write(`${JSON.stringify(command)}\n`)

        return (await lines.next()) as Answer
      },
      stop: () => stop(child)
    }
  } catch (error) {
    child.kill('SIGKILL')

    throw error
  }
}

function linesOf(child: ChildProcessByStdio<Writable, Readable, Readable>) {
  const iterator = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let stderr = ''

  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  // It ends by itself, or cannot be started: the missing line says so.
  child.on('error', () => {})
  child.stdin.on('error', () => {})

  return {
    /** @throws Error with what the program said if it has ended */
    async next(): Promise<unknown> {
      const { done, value } = await iterator.next()

      if (done === true) {
        throw new Error(`${child.spawnfile} ended:\n${stderr.slice(-2000)}`)
      }

      return JSON.parse(value)
    }
  }
}

async function stop(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<void> {
  if (child.exitCode == null && child.signalCode == null) {
    child.stdin.end()
    await once(child, 'exit')
  }
}
