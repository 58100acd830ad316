import { InvalidArgumentError, Option } from 'commander'

const DEFAULT = '127.0.0.1:8008'

/** `--sidecar`, as `serve` takes it: the command is told the URL. */
export function sidecarOption(description: string): Option {
  return new Option('--sidecar <host:port>', description)
    .env('RENDEZVOUS_SIDECAR')
    .argParser(toSidecar)
    .default(toSidecar(DEFAULT), DEFAULT)
}

/** @throws Error that says what to do, or the signal's reason */
export async function askSidecar<T>(sidecar: URL, path: string, signal: AbortSignal): Promise<T> {
  let response: Response

  try {
    response = await fetch(new URL(path, sidecar), { signal })
  } catch (cause) {
    signal.throwIfAborted()

    throw new Error(
      `no sidecar answers at ${sidecar.host}: does the node run? Else name it by --sidecar`,
      { cause }
    )
  }

  if (!response.ok) {
    throw new Error(
      `what answers at ${sidecar.host} is no sidecar: ${path} is answered ${response.status}`
    )
  }

  return (await response.json()) as T
}

/** As `serve` takes it; what listens on all addresses is asked at loopback. */
function toSidecar(text: string): URL {
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[^:/\s]+):(\d{1,5})$/i.exec(text) ?? []

  if (host == null || Number(port) > 65_535) {
    throw new InvalidArgumentError('give host:port, for example 127.0.0.1:8008.')
  }

  const near = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' }[host] ?? host

  return new URL(`http://${near}:${port}`)
}
