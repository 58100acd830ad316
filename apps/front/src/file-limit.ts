/** Share of the files this process may open that connections may take. */
const SHARE_FOR_CONNECTIONS = 0.8

/**
 * The number of connections that fits the limit of open files.
 *
 * @param wanted - as configured
 * @param filesMax - the limit, `Infinity` for none
 */
export function connectionsWithinFileLimit(wanted: number, filesMax: number): number {
  return Math.max(1, Math.min(wanted, Math.floor(filesMax * SHARE_FOR_CONNECTIONS)))
}

/** The limit of open files that leaves room for so many connections. */
export function filesForConnections(connections: number): number {
  return Math.ceil(connections / SHARE_FOR_CONNECTIONS)
}

/** Files this process may have open at once, `Infinity` where there is no limit or none is known. */
export function openFilesMax(): number {
  // Otherwise the report looks up the names of all peers, and waits for a name server.
  Object.assign(process.report, { excludeNetwork: true })

  // Node has no other way to the operating system's limits.
  const report = process.report.getReport() as
    | { userLimits?: { open_files?: { soft?: number | string } } }
    | undefined
  const soft = Number(report?.userLimits?.open_files?.soft)

  return Number.isFinite(soft) ? soft : Number.POSITIVE_INFINITY
}
