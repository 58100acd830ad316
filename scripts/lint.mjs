// Checks style, types of the tests and of what people paste, and that each package uses what it declares: with the arrows of
// ARCHITECTURE.md as declared dependencies, an import against them is an undeclared one. And that no package runs anything
// when it is installed but those that are known to.
import { spawnSync } from 'node:child_process'

const checks = [
  ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
  ['node_modules/typescript/bin/tsc', '-b'],
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.test.json'],
  ['node_modules/typescript/bin/tsc', '-p', 'examples/browser'],
  ['node_modules/typescript/bin/tsc', '-p', 'libs/sidecar/page'],
  ['node_modules/knip/bin/knip.js', '--no-config-hints'],
  ['scripts/check-install-scripts.mjs'],
  ['scripts/check-snippets.mjs']
]

for (const [program, ...args] of checks) {
  const { status } = spawnSync(process.execPath, [program, ...args], { stdio: 'inherit' })

  if (status !== 0) {
    process.exit(1)
  }
}
