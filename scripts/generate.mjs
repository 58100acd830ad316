// Compiles proto/*.proto into the packages that read them, and Prometheus's rules into a manifest. The output is checked in
// and never edited.
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { generate } from 'protons'
import { writePrometheusRule } from './prometheus-rule.mjs'

const root = new URL('../', import.meta.url)

/**
 * One row per dialect: the folder of its generated TypeScript. The other .proto files are read and
 * written by ProtobufFields, which is small enough for pages.
 */
const outputs = {
  'libp2p.proto': 'libs/wire/src/dialects/libp2p/generated',
  'waku.proto': 'libs/wire/src/dialects/waku/generated'
}

for (const [proto, output] of Object.entries(outputs)) {
  const folder = fileURLToPath(new URL(output, root))

  await mkdir(folder, { recursive: true })
  await generate(fileURLToPath(new URL(`proto/${proto}`, root)), { output: folder, strict: true })
  console.log(`proto/${proto} -> ${output}`)
}

await writePrometheusRule(root)
