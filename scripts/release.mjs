// Releases all packages and the image as one version: looks whether they may be, and says what it would do. `--publish` does it.
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const IMAGE = 'rendezvous-cluster'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({ options: { publish: { type: 'boolean', default: false } } })
const { version, workspaces } = readPackage('.')

/** In the order in which they need each other. */
const packages = workspaces.filter((folder) => !readPackage(folder).private)
const problems = [...versionProblems(), ...changelogProblems(), ...programProblems()]

for (const folder of packages) {
  say(`checking ${folder}`)
  problems.push(...checkPackage(folder))
}

if (values.publish) {
  problems.push(...treeProblems())
}

if (problems.length > 0) {
  console.error(`\nnot released:\n${problems.map((problem) => `- ${problem}`).join('\n')}`)
  process.exit(1)
}

for (const folder of packages) {
  act('npm', ['publish', `--workspace=${folder}`, '--access=public'])
}

act('docker', ['build', '--file=deploy/docker/Dockerfile', `--tag=${IMAGE}:${version}`, '.'])
act('git', ['tag', '--annotate', `v${version}`, `--message=v${version}`])
say(values.publish ? `released ${version}` : `${version} may be released: --publish does it`)

function versionProblems() {
  return workspaces.flatMap((folder) => {
    const { name, version: own, dependencies = {} } = readPackage(folder)
    const others = Object.entries(dependencies).filter(
      ([dependency, range]) => dependency.startsWith('@rendezvous-cluster/') && range !== version
    )

    return [
      ...(own === version ? [] : [`${name} is of version ${own}, and the project of ${version}`]),
      ...others.map(([dependency, range]) => `${name} takes ${dependency} ${range}, not ${version}`)
    ]
  })
}

function changelogProblems() {
  const text = fs.readFileSync(join(root, 'CHANGELOG.md'), 'utf8')

  return text.includes(`\n## ${version}`) ? [] : [`CHANGELOG.md says nothing of ${version}`]
}

/** What the command line says, and so `rendezvous_build_info`, which has it from the same place. */
function programProblems() {
  const said = execFileSync(process.execPath, ['apps/cli/dist/main.js', '--version'], {
    cwd: root,
    encoding: 'utf8'
  }).trim()

  return said === version ? [] : [`rendezvous --version says ${said}, not ${version}`]
}

function treeProblems() {
  const changes = execFileSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' })

  return changes === '' ? [] : ['the working tree has changes that are not committed']
}

/** Whether Node, bundlers and TypeScript find all that a package says it has. */
function checkPackage(folder) {
  const { name, exports, bin } = readPackage(folder)
  const checks = [['publint', '--strict', folder]]

  // A command has no types.
  if (exports != null && bin == null) {
    checks.push(['attw', '--pack', folder, '--profile', 'esm-only', '--no-emoji'])
  }

  return checks.flatMap(([program, ...args]) => {
    const { status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin', program), args, {
      cwd: root,
      encoding: 'utf8'
    })

    return status === 0 ? [] : [`${name}: ${program} says\n${stdout}${stderr}`]
  })
}

function act(program, args) {
  say(`${values.publish ? '' : 'would run: '}${program} ${args.join(' ')}`)

  if (values.publish) {
    execFileSync(program, args, { cwd: root, stdio: 'inherit' })
  }
}

function readPackage(folder) {
  return JSON.parse(fs.readFileSync(join(root, folder, 'package.json'), 'utf8'))
}

function say(line) {
  console.log(line)
}
