// Writes docs/configuration.md from the table of settings, and docs/metrics.md from the metrics of a front node. `--check` fails
// instead where they are not current.
import fs from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { defaultText, environmentName, OPTION_TABLE, VERSION } from '../apps/front/dist/index.js'
import { PrometheusMetrics } from '../libs/sidecar/dist/index.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })

const pages = {
  'docs/configuration.md': configuration(),
  'docs/metrics.md': await metrics()
}

for (const [file, text] of Object.entries(pages)) {
  const path = join(root, file)

  if (!values.check) {
    fs.writeFileSync(path, text)
    console.log(file)
  } else if (!fs.existsSync(path) || fs.readFileSync(path, 'utf8') !== text) {
    console.error(`${file} is not current: run \`npm run references\``)
    process.exitCode = 1
  }
}

function configuration() {
  const rows = Object.entries(OPTION_TABLE).map(([name, row]) => {
    const value = row.isList ? `${row.value} …` : row.value

    return `| \`--${name} ${value.replaceAll('|', '\\|')}\` | ${cell(row.description)}<br>${cell(row.allowed)} | ${cell(defaultText(name))} |`
  })

  return `# Settings

Made by \`npm run references\` from the table that \`rendezvous serve --help\` shows too; do not edit it.

Each is a flag of \`rendezvous serve\`, an environment variable and a key of the YAML file that \`--config\` names; the
first of these counts. The variable is \`RENDEZVOUS_\` and the flag's name in capitals: \`--listen\` is
\`${environmentName('listen')}\`, \`--max-connections\` is \`${environmentName('max-connections')}\`. With \`…\` a flag may be given several times; in a
variable its values stand between commas, and in the file they are a list. Paths in the file start at its folder. The
commands \`doctor\` and \`namespaces\` take the same settings.

[Operating](operating.md) says what they are for, [limits](limits.md) what those do that bound peers.

| flag | what for, and what it takes | default |
|---|---|---|
${rows.join('\n')}
`
}

async function metrics() {
  const { registry } = new PrometheusMetrics({ version: VERSION, connections: () => 0 })
  const all = registry.getMetricsAsArray()
  const rows = all
    .filter(({ name }) => name.startsWith('rendezvous_'))
    .map(
      (metric) =>
        `| \`${metric.name}\` | ${metric.type} | ${labelsOf(metric)} | ${cell(metric.help)} |`
    )
  const closed = await Promise.all(
    all
      .filter(({ name, type }) => name.startsWith('rendezvous_') && type === 'counter')
      .map(closedLabels)
  )

  return `# Metrics

Made by \`npm run references\` from what a front node counts; do not edit it. They are at \`/metrics\` of the sidecar.

| name | type | labels | |
|---|---|---|---|
${rows.join('\n')}

No label has a namespace, a peer id or an address. These have a fixed set of values, which are there from the start:

${closed.flat().join('\n')}

Node's own metrics (\`process_*\`, \`nodejs_*\`) and those of libp2p (\`libp2p_*\`) are there too.
[Operating](operating.md#health-and-metrics) has the alerts and the dashboard that go by them.
`
}

function labelsOf({ labelNames }) {
  return labelNames.map((label) => `\`${label}\``).join(', ')
}

/** One line for each label of a counter that was counted at zero for all its values. */
async function closedLabels(metric) {
  const { values } = await metric.get()

  return metric.labelNames.flatMap((label) => {
    const known = [...new Set(values.map(({ labels }) => labels[label]))].filter(
      (value) => value != null
    )

    return known.length === 0
      ? []
      : [`- \`${metric.name}\`, \`${label}\`: ${known.map((value) => `\`${value}\``).join(', ')}`]
  })
}

/** Bars end a cell, and \`<…>\` outside of code is markup. */
function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}
