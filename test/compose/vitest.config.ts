import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/compose/**/*.spec.ts'],
    globalSetup: [
      'test/support/global-setup.ts',
      'test/interop/support/global-setup.ts',
      'test/compose/support/global-setup.ts'
    ],
    // All tests of a file share one cluster, and each leaves it whole.
    fileParallelism: false,
    expect: { poll: { timeout: 60_000, interval: 200 } },
    testTimeout: 240_000,
    // The image is built here.
    hookTimeout: 15 * 60_000
  }
})
