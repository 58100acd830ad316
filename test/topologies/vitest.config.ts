import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/topologies/**/*.spec.ts'],
    globalSetup: ['test/support/global-setup.ts', 'test/topologies/support/global-setup.ts'],
    // Each test runs up to nine servers that watch each other's silence: one at a time.
    fileParallelism: false,
    // A condition is waited for however slow the machine is.
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 60_000,
    hookTimeout: 60_000
  }
})
