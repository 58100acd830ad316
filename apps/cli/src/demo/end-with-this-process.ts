import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'

/**
 * Runs a shell command if this process ends, in whatever way, before the returned function is
 * called: a shell waits for the end of a pipe that nobody else holds. A signal handler would not
 * see SIGKILL.
 *
 * @returns call it once there is nothing to clean up any more
 */
export function onEndOfThisProcess(command: string, args: string[]): () => void {
  const shell = spawn('sh', ['-c', `read -r _ || { ${command}; }`, 'sh', ...args], {
    // Otherwise Ctrl-C at a terminal would end it together with this process.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore']
  })

  shell.on('error', () => {
    // No shell: then only an end that nobody can handle leaves something behind.
  })
  shell.stdin.on('error', () => {
    // It was killed, and has nobody to be told.
  })
  shell.unref()
  ;(shell.stdin as Socket).unref()

  return () => shell.stdin.end('done\n')
}

/** Kills a child process, and removes a directory, when this process ends. */
export function endWithThisProcess(child: ChildProcess, directory: string): void {
  const release = onEndOfThisProcess('kill -9 "$1"; rm -rf "$2"', [String(child.pid), directory])

  child.once('exit', release)
}

export function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null
}

/** Ends a child: with SIGTERM, and if that takes too long with SIGKILL. */
export async function endChild(child: ChildProcess, withinMs: number): Promise<void> {
  if (!isRunning(child)) {
    return
  }

  const { promise: ended, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(() => child.kill('SIGKILL'), withinMs)

  child.once('exit', () => resolve())
  child.kill('SIGTERM')
  await ended
  clearTimeout(timer)
}
