import type { FilledNode } from './fill-node.ts'

const MIB = 2 ** 20

/** Whether it took no more than it may, and let in whom it should. */
export function isWithin({ stages, worstCase, connections, counted }: FilledNode): boolean {
  return (
    (stages.at(-1)?.peakBytes ?? 0) <= worstCase.total &&
    counted.connections + counted.endedForUnsent >= connections
  )
}

/** The figures as Markdown. */
export function describeMemory(filled: FilledNode): string {
  const { stages, worstCase, connections, counted } = filled
  const peak = mib(stages.at(-1)?.peakBytes ?? 0)

  return `One front node with registrations in memory, filled by peers that hold open all they may. In the end it had
${counted.connections} connections (asked for: ${connections}), and had ended ${counted.endedForUnsent} for more than may wait unsent, ${counted.endedForUnread} for more than may wait unread.

| with | resident, MiB | at most so far, MiB |
|---|---:|---:|
${stages
  .map(
    ({ what, residentBytes, peakBytes }) =>
      `| ${what} | ${mib(residentBytes)} | ${mib(peakBytes)} |`
  )
  .join('\n')}

| worst case that is told for these limits | MiB |
|---|---:|
${Object.entries(worstCase.parts)
  .map(([part, bytes]) => `| ${part} | ${mib(bytes)} |`)
  .join('\n')}
| **all** | **${mib(worstCase.total)}** |

${isWithin(filled) ? `It took ${peak} MiB at most: within the worst case.` : `**It took ${peak} MiB, or did not let in all: broken.**`}
`
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(0)
}
