import { pointLimits } from '../config/limit-options.ts'
import type { Config } from '../config/option-table.ts'
import { connectionsWithinFileLimit, filesForConnections, openFilesMax } from '../file-limit.ts'
import { availableMemory, memoryWarning } from '../worst-case-memory.ts'
import type { Finding } from './finding.ts'

/** Whether this host lets a node do what the settings say. */
export function examineHost(config: Config): Finding[] {
  const wanted = config['max-connections']
  const filesMax = openFilesMax()
  const connectionsMax = connectionsWithinFileLimit(wanted, filesMax)
  const memory = memoryWarning(
    { ...pointLimits(config), pending: config['max-pending-handshakes'], connectionsMax },
    availableMemory()
  )

  return [
    connectionsMax < wanted
      ? {
          subject: 'host',
          level: 'warning',
          text: `the limit of ${filesMax} open files leaves room for ${connectionsMax} connections, and --max-connections is ${wanted}`,
          cure:
            `raise it before the start: \`ulimit -n ${filesForConnections(wanted)}\`, or LimitNOFILE= of systemd, or ` +
            'ulimits of the container; or lower --max-connections'
        }
      : {
          subject: 'host',
          level: 'good',
          text: `${wanted} connections are within the limit of open files`
        },
    memory == null
      ? { subject: 'host', level: 'good', text: 'memory is enough for the worst case' }
      : { subject: 'host', level: 'warning', text: memory }
  ]
}
