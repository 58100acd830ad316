import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    // The tests wait more than they compute; by default two cores would get one worker.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    // A condition is waited for however slow the machine is.
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: [
            'libs/*/test/**/*.spec.ts',
            'apps/*/test/**/*.spec.ts',
            'test/integration/**/*.spec.ts',
            'test/chaos/**/*.spec.ts',
            'test/soak/**/*.spec.ts',
            'test/rolling/**/*.spec.ts',
            'test/sybil/**/*.spec.ts',
            'test/audit/**/*.spec.ts',
            'test/fuzz/**/*.spec.ts'
          ]
        }
      },
      {
        // The same bounds hold whatever connections are made of.
        extends: true,
        test: {
          name: 'libp2p',
          include: ['apps/front/test/connections/**/*.spec.ts'],
          env: { RENDEZVOUS_ENGINE: 'libp2p' }
        }
      }
    ]
  }
})
