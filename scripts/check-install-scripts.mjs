// Compares the packages that run something of their own when they are installed with those that
// package.json knows (`allowScripts`, which npm goes by): a new one is to be looked at first.
import { readFileSync } from 'node:fs'

const read = (name) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'))

const known = read('package.json').allowScripts
const installed = Object.entries(read('package-lock.json').packages)
  .filter(([, { hasInstallScript }]) => hasInstallScript)
  .map(([path, { version }]) => ({ name: path.split('node_modules/').at(-1), path, version }))

const problems = [
  ...installed
    .filter(({ name }) => !(name in known))
    .map(
      ({ name, path, version }) =>
        `${name} ${version} (${path}) has install scripts and is not in allowScripts: ` +
        'look at what they do, then name it there, with false unless it needs them'
    ),
  ...Object.keys(known)
    .filter((name) => installed.every((one) => one.name !== name))
    .map((name) => `${name} has no install scripts any more: remove it from allowScripts`)
]

for (const problem of problems) {
  console.error(`package.json: ${problem}`)
}

process.exitCode = problems.length > 0 ? 1 : 0
