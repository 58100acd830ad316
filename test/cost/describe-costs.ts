import type { MeasuredRead } from './measure-reads.ts'
import type { ManyNamespacesCost, NamespaceCost } from './measure-registry.ts'

export interface RegistryCosts {
  redis: string
  oneNamespace: NamespaceCost[]
  /** Per registration, by the indexes it is in. */
  bytes: Record<string, number>
  manyNamespaces: ManyNamespacesCost
  reads: MeasuredRead[]
}

/** The figures as Markdown. */
export function describeCosts({
  redis,
  oneNamespace,
  bytes,
  manyNamespaces,
  reads
}: RegistryCosts): string {
  const rows = oneNamespace.map((cost) =>
    [
      cost.registrations.toLocaleString('en'),
      us(cost.putUs),
      us(cost.putProcessUs),
      us(cost.pageUs),
      Math.round(cost.bytesPerRegistration)
    ].join(' | ')
  )
  const sizes = Object.entries(bytes).map(([indexes, each]) => `${indexes} | ${Math.round(each)}`)
  const pages = Object.entries(manyNamespaces.pageUs).map(
    ([limit, pageUs]) =>
      `${limit} of ${manyNamespaces.namespaces.toLocaleString('en')} | ${us(pageUs)}`
  )

  return `Redis CPU time per operation (${redis}), with reading the command and sending the answer, records of ${oneNamespace[0]?.recordBytes ?? 0} bytes:

| registrations in one namespace | put, its script alone | put | page of 100 | bytes each |
|---:|---:|---:|---:|---:|
${rows.map((row) => `| ${row} |`).join('\n')}

| memory by index, 100,000 registrations | bytes each |
|---|---:|
${sizes.map((row) => `| ${row} |`).join('\n')}

| page over all namespaces | |
|---:|---:|
${pages.map((row) => `| ${row} |`).join('\n')}

What a front node reads for its copies, and for answers where it has none; Redis's time with reading the command and sending
the answer, the node's until the registrations are in the copy or in the answer:

| | Redis | front node |
|---|---:|---:|
${reads.map(({ read, redisUs, nodeUs }) => `| ${read} | ${us(redisUs)} | ${us(nodeUs)} |`).join('\n')}
`
}

function us(value: number): string {
  return value >= 1000 ? `${(value / 1000).toFixed(2)} ms` : `${value.toFixed(1)} µs`
}
