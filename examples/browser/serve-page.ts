import { fileURLToPath } from 'node:url'
import { context } from 'esbuild'

export interface ServedPage {
  url: URL
  stop(): Promise<void>
}

/** Serves this folder's page on loopback, bundled anew whenever it is asked for. */
export async function servePage(): Promise<ServedPage> {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  const bundler = await context({
    absWorkingDir: folder,
    entryPoints: ['page.ts'],
    outdir: '.',
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2024',
    sourcemap: true,
    write: false,
    logLevel: 'warning'
  })
  const { port } = await bundler.serve({ host: '127.0.0.1', servedir: '.' })

  return { url: new URL(`http://127.0.0.1:${port}/`), stop: () => bundler.dispose() }
}
