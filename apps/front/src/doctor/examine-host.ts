import type { Config } from '../config/option-table.ts'
import { connectionsWithinFileLimit, filesForConnections, openFilesMax } from '../file-limit.ts'
import { availableMemory, memoryLimits, memoryWarning } from '../worst-case-memory.ts'
import { type Finding, findingsOf } from './finding.ts'

const finding = findingsOf('host')

/** Whether this host lets a node do what the settings say. */
export function examineHost(config: Config): Finding[] {
  const wanted = config['max-connections']
  const filesMax = openFilesMax()
  const connectionsMax = connectionsWithinFileLimit(wanted, filesMax)
  const memory = memoryWarning(memoryLimits(config, connectionsMax), availableMemory())

  return [
    connectionsMax < wanted
      ? finding(
          'warning',
          `the limit of ${filesMax} open files leaves room for ${connectionsMax} connections, and --max-connections is ${wanted}`,
          `raise it before the start: \`ulimit -n ${filesForConnections(wanted)}\`, or LimitNOFILE= of systemd, or ` +
            'ulimits of the container; or lower --max-connections'
        )
      : finding('good', `${wanted} connections are within the limit of open files`),
    memory == null
      ? finding('good', 'memory is enough for the worst case')
      : finding('warning', memory)
  ]
}
