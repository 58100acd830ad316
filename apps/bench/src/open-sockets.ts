import { readFile } from 'node:fs/promises'

/** As the kernel numbers the states of a socket. */
const ESTABLISHED = '01'

/** Open connections to a port of this machine, as the kernel counts them. Of Linux. */
export async function openSockets(port: number): Promise<number> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => ''))
  )
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`

  return tables
    .flatMap((table) => table.split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, address, , state]) => address?.endsWith(local) && state === ESTABLISHED).length
}
