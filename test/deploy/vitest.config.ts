import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/deploy/**/*.spec.ts'],
    globalSetup: ['test/support/global-setup.ts', 'test/deploy/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000
  }
})
