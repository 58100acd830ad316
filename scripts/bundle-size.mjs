// What a page loads for the client: fails at the limit. `--json` prints the same for programs.
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** Bytes, minified and compressed by gzip -9, of what is ours. */
const BYTES_LIMIT = 15_000

/** What an application that uses libp2p has in any case. */
const SHARED = [
  'libp2p',
  '@libp2p/*',
  '@multiformats/*',
  'main-event',
  'multiformats',
  'uint8*',
  'protons-runtime'
]

const INPUTS_SHOWN = 12

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })

const own = await measure(SHARED)
const total = await measure([])
const isWithinLimit = own.gzipBytes < BYTES_LIMIT

if (values.json) {
  console.log(JSON.stringify({ limitBytes: BYTES_LIMIT, isWithinLimit, own, total }))
} else {
  console.log('libs/client as an ES module for browsers, minified; bytes after gzip -9 and before:')
  print('without what libp2p applications share', own)
  print('with everything', total)
  console.log(`\nlimit without what is shared: ${BYTES_LIMIT}`)
}

if (!isWithinLimit) {
  console.error(`${own.gzipBytes} bytes are ${own.gzipBytes - BYTES_LIMIT + 1} too many`)
  process.exitCode = 1
}

/** Bundles the client but for `external`, and says what that comes from, the largest first. */
async function measure(external) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['libs/client/dist/index.js'],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    external,
    write: false,
    outfile: 'client.js',
    metafile: true
  })
  const [{ contents }] = outputFiles
  const inputs = Object.entries(metafile.outputs['client.js'].inputs)
    .map(([file, { bytesInOutput }]) => ({ file, bytes: bytesInOutput }))
    .sort((one, other) => other.bytes - one.bytes)

  return {
    gzipBytes: gzipSync(contents, { level: 9 }).byteLength,
    bytes: contents.byteLength,
    inputs: inputs.slice(0, INPUTS_SHOWN)
  }
}

function print(what, { gzipBytes, bytes, inputs }) {
  console.log(`\n${what}: ${gzipBytes} (${bytes})`)

  for (const { file, bytes } of inputs) {
    console.log(`${String(bytes).padStart(8)}  ${file}`)
  }
}
