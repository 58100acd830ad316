import fs from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCES = [
  'libs/sidecar/page',
  'libs/sidecar/src',
  'package-lock.json',
  'scripts/bundle-page.mjs'
]
const OUTPUT = 'libs/sidecar/dist/page'

/** Copied as it is; what the page loads first is bundled with what it imports. */
const PICTURE = 'icon.svg'

/**
 * Bundles what the status page loads into the package that serves it, unless nothing has changed: a checkout that
 * is up to date is not written to.
 *
 * @returns whether that succeeded; what is wrong is on standard error then
 */
export async function bundlePage(root) {
  const outputs = ['page.js', 'page.css', PICTURE].map((name) => join(root, OUTPUT, name))
  const oldest = Math.min(...outputs.map(changedAtMs))

  if (
    oldest > Math.max(...SOURCES.flatMap((source) => filesIn(join(root, source))).map(changedAtMs))
  ) {
    return true
  }

  const { build } = await import('esbuild')

  try {
    await build({
      absWorkingDir: root,
      entryPoints: ['libs/sidecar/page/page.ts', 'libs/sidecar/page/page.css'],
      outdir: OUTPUT,
      bundle: true,
      minify: true,
      format: 'iife',
      platform: 'browser',
      target: ['es2022'],
      logLevel: 'error'
    })
    fs.copyFileSync(join(root, 'libs/sidecar/page', PICTURE), join(root, OUTPUT, PICTURE))

    return true
  } catch (error) {
    // esbuild has told what is wrong with the sources.
    if (error.errors == null) {
      console.error(error.message)
    }

    return false
  }
}

// The image is built without the rest of the scripts.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = (await bundlePage(process.cwd())) ? 0 : 1
}

function filesIn(path) {
  if (!fs.statSync(path).isDirectory()) {
    return [path]
  }

  return fs.readdirSync(path, { recursive: true }).map((name) => join(path, name))
}

/** 0 of a file that does not exist. */
function changedAtMs(path) {
  return fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
