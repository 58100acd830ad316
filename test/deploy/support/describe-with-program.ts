import { describe, inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** Paths that global-setup.ts has found; empty where there is none. */
    kubectl: string
    shellcheck: string
    promtool: string
  }
}

/** Tests that need a program. Skipped where there is none. */
export function describeWithProgram(
  program: 'kubectl' | 'shellcheck' | 'promtool',
  name: string,
  fn: (path: string) => void
): void {
  const path = inject(program)

  describe(name, { skip: path === '' }, () => fn(path))
}
