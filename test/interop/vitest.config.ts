import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/interop/**/*.spec.ts'],
    globalSetup: ['test/support/global-setup.ts', 'test/interop/support/global-setup.ts'],
    // Several tests look at milliseconds, and each runs several processes: one at a time.
    fileParallelism: false,
    // A condition is waited for however slow the machine is.
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 40_000,
    hookTimeout: 30_000
  }
})
