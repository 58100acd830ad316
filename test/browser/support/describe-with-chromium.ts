import { describe, inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** What global-setup.ts has found; empty where there is none. */
    chromiumPath: string
  }
}

/** Tests that need a Chromium. Skipped where there is none. */
export function describeWithChromium(name: string, fn: (executablePath: string) => void): void {
  const path = inject('chromiumPath')

  describe(name, { skip: path === '' }, () => fn(path))
}
